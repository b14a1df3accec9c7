"""TRANSPOSE_CONV on int16."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
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
    return sums.portable(
        graph,
        node,
        "td_transpose_conv_s16",
        transpose_conv.geometry(graph, node),
        channels=graph.output(node).shape[3],
        image=IMAGE,
        bias=BIAS,
    )
