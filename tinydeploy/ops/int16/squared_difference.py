"""SQUARED_DIFFERENCE on int16."""

from __future__ import annotations

from tinydeploy.fixedpoint import quantize_multiplier
from tinydeploy.graph import Aim, Call, Graph, Node, Param
from tinydeploy.ops import broadcast, shapes
from tinydeploy.ops.int16 import sums


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    tensors = [graph.input(node, 0), graph.input(node, 1), graph.output(node)]
    return sums.refuse_types(tensors) or broadcast.refuse_shapes(graph, node)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_squared_difference_s16; halving the larger keeps both multipliers below one."""
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    twice = 2 * max(first.scale, second.scale)
    multiplier1, shift1 = quantize_multiplier(first.scale / twice)
    multiplier2, shift2 = quantize_multiplier(second.scale / twice)
    multiplier, shift = quantize_multiplier(twice**2 / output.scale)
    params: dict[str, Param] = {
        **broadcast.layout(graph, node),
        "multiplier1": multiplier1,
        "multiplier2": multiplier2,
        "output_multiplier": multiplier,
        "shift1": shift1,
        "shift2": shift2,
        "output_shift": shift,
    }
    return Call(
        node=node.index,
        kernel="td_squared_difference_s16",
        params=tuple(params.items()),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources(
            "td_squared_difference_s16", "td_broadcast_body", "td_broadcast", "td_fixedpoint"
        ),
    )
