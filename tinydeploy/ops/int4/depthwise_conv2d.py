"""DEPTHWISE_CONV_2D with a 4-bit filter."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Const, Graph, Node, Operand, Param
from tinydeploy.ops import conv2d, depthwise_conv2d, shapes
from tinydeploy.ops.int4 import nibbles


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    return (
        shapes.refuse_types((image, output))
        or shapes.refuse_sizes(image, weights, output)
        or shapes.refuse_filter(graph, node, channel_axis=3, dtype="int4")
        or conv2d.refuse_window(graph, node)
        or depthwise_conv2d.refuse_channels(image, weights, output)
    )


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_depthwise_conv_2d_s4."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    channels = output.shape[3]
    assert weights.data is not None
    params: dict[str, Param] = {
        **depthwise_conv2d.geometry(graph, node),
        **conv2d.quantization(graph, node, channels),
    }
    return Call(
        node=node.index,
        kernel="td_depthwise_conv_2d_s4",
        params=tuple(params.items()),
        args=(
            Operand(image.index),
            Const("filter", nibbles.pairs(weights.data)),
            Const("bias", conv2d.bias_values(graph, node, channels)),
            Operand(output.index, output=True),
        ),
        overlaps=conv2d.overlaps(graph, node),
        sources=shapes.sources("td_depthwise_conv_2d_s4", "td_fixedpoint", "td_window"),
    )
