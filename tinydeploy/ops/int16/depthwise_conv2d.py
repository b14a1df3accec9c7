"""DEPTHWISE_CONV_2D on int16."""

from __future__ import annotations

from tinydeploy.fixedpoint import activation_range
from tinydeploy.graph import Aim, Call, Const, Graph, Node, Operand, Param
from tinydeploy.ops import conv2d, depthwise_conv2d, shapes
from tinydeploy.ops.int16 import sums


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    return (
        sums.refuse_types((image, output))
        or shapes.refuse_sizes(image, weights, output)
        or sums.refuse_filter(graph, node, channel_axis=3)
        or sums.refuse_multipliers(sums.reals(image, weights, output))
        or conv2d.refuse_window(graph, node)
        or depthwise_conv2d.refuse_channels(image, weights, output)
    )


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_depthwise_conv_2d_s16."""
    return reference(graph, node)


def reference(graph: Graph, node: Node) -> Call:
    """A call of td_depthwise_conv_2d_s16, the portable kernel that takes every shape."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    channels = output.shape[3]
    low, high = activation_range(str(node.attrs["activation"]), output)
    params: dict[str, Param] = {
        **depthwise_conv2d.geometry(graph, node),
        "activation_min": low,
        "activation_max": high,
        **sums.scaling(sums.reals(image, weights, output), False, channels),
    }
    assert weights.data is not None
    return Call(
        node=node.index,
        kernel="td_depthwise_conv_2d_s16",
        params=tuple(params.items()),
        args=(
            Operand(image.index),
            Const("filter", weights.data),
            Const("bias", sums.bias_values(graph, node, channels)),
            Operand(output.index, output=True),
        ),
        overlaps=conv2d.overlaps(graph, node),
        sources=shapes.sources("td_depthwise_conv_2d_s16", "td_fixedpoint", "td_wide", "td_window"),
    )
