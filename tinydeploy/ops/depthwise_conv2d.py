"""DEPTHWISE_CONV_2D: filter 1HWC with C = input channels times depth multiplier."""

from __future__ import annotations

from typing import Any

from tinydeploy.graph import Attrs, Call, Const, Graph, Node, Operand, Param
from tinydeploy.ops import conv2d, shapes

resolver = "AddDepthwiseConv2D"


def read(options: Any) -> Attrs:
    """Options as plain attributes; the depth multiplier follows from the shapes."""
    return conv2d.read(options)


def macs(graph: Graph, node: Node) -> int:
    """Output elements times the taps of one filter, padding included."""
    weights = graph.input(node, 1)
    return graph.output(node).size * weights.shape[1] * weights.shape[2]


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    reason = (
        shapes.refuse_types((image, output))
        or shapes.refuse_sizes(image, weights, output)
        or shapes.refuse_filter(graph, node, channel_axis=3)
        or conv2d.refuse_window(graph, node)
    )
    if reason:
        return reason
    channels = output.shape[3]
    if weights.shape[0] != 1 or weights.shape[3] != channels or channels % image.shape[3]:
        return f"filter shape {weights.shape} does not fit {image.shape[3]} input channels"
    return ""


def lower(graph: Graph, node: Node) -> Call:
    """A call of td_depthwise_conv_2d_s8."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    params: dict[str, Param] = {
        "batches": image.shape[0],
        "input_height": image.shape[1],
        "input_width": image.shape[2],
        "input_channels": image.shape[3],
        "depth_multiplier": output.shape[3] // image.shape[3],
        "output_height": output.shape[1],
        "output_width": output.shape[2],
        "filter_height": weights.shape[1],
        "filter_width": weights.shape[2],
        **conv2d.window(graph, node),
        **conv2d.quantization(graph, node, output.shape[3]),
    }
    assert weights.data is not None
    return Call(
        node=node.index,
        kernel="td_depthwise_conv_2d_s8",
        params=tuple(params.items()),
        args=(
            Operand(image.index),
            Const("filter", weights.data),
            Const("bias", conv2d.bias_values(graph, node, output.shape[3])),
            Operand(output.index, output=True),
        ),
        overlaps=conv2d.overlaps(graph, node),
        sources=shapes.sources("td_depthwise_conv_2d_s8", "td_fixedpoint", "td_window"),
    )
