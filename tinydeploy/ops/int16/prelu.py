"""PRELU on int16, with int8 slopes."""

from __future__ import annotations

from tinydeploy.fixedpoint import quantize_multiplier
from tinydeploy.graph import Aim, Call, Graph, Node, Param
from tinydeploy.ops import broadcast, shapes
from tinydeploy.ops.int16 import sums


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, slopes, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    return (
        sums.refuse_types((values, output))
        or shapes.refuse_types((slopes,))
        or broadcast.refuse_shapes(graph, node)
    )


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_prelu_s16."""
    values, slopes, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    multiplier, shift = quantize_multiplier(values.scale / output.scale)
    negative, negative_shift = quantize_multiplier(values.scale * slopes.scale / output.scale)
    params: dict[str, Param] = {
        **broadcast.layout(graph, node),
        "multiplier": multiplier,
        "negative_multiplier": negative,
        "shift": shift,
        "negative_shift": negative_shift,
        "offset2": -slopes.zero_point,
    }
    return Call(
        node=node.index,
        kernel="td_prelu_s16",
        params=tuple(params.items()),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        sources=shapes.sources(
            "td_prelu_s16", "td_broadcast_body", "td_broadcast", "td_fixedpoint"
        ),
    )
