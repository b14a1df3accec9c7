"""TRANSPOSE_CONV on int16."""

from __future__ import annotations

from tinydeploy.fixedpoint import activation_range
from tinydeploy.graph import Aim, Call, Const, Graph, Node, Operand, Param
from tinydeploy.ops import shapes, transpose_conv
from tinydeploy.ops.int16 import sums
from tinydeploy.ops.transpose_conv import BIAS, FILTER, IMAGE


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    image, output, weights = graph.input(node, IMAGE), graph.output(node), graph.input(node, FILTER)
    return (
        sums.refuse_types((image, output))
        or shapes.refuse_sizes(image, weights, output)
        or sums.refuse_filter(graph, node, channel_axis=0, bias=BIAS, types=("int64", "int16"))
        or sums.refuse_multipliers(sums.reals(image, weights, output))
        or transpose_conv.refuse_window(graph, node)
    )


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_transpose_conv_s16."""
    image, output, weights = graph.input(node, IMAGE), graph.output(node), graph.input(node, FILTER)
    channels = output.shape[3]
    low, high = activation_range(str(node.attrs["activation"]), output)
    params: dict[str, Param] = {
        **transpose_conv.geometry(graph, node),
        "activation_min": low,
        "activation_max": high,
        **sums.scaling(sums.reals(image, weights, output), False, channels),
    }
    assert weights.data is not None
    return Call(
        node=node.index,
        kernel="td_transpose_conv_s16",
        params=tuple(params.items()),
        args=(
            Operand(image.index),
            Const("filter", weights.data),
            Const("bias", sums.bias_values(graph, node, channels, BIAS)),
            Operand(output.index, output=True),
        ),
        sources=shapes.sources("td_transpose_conv_s16", "td_fixedpoint", "td_wide"),
    )
