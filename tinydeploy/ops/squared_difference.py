"""SQUARED_DIFFERENCE, with broadcasting."""

from __future__ import annotations

from tinydeploy.fixedpoint import quantize_multiplier
from tinydeploy.graph import Aim, Call, Graph, Node, Param
from tinydeploy.ops import broadcast, shapes
from tinydeploy.ops.broadcast import refuse
from tinydeploy.ops.mul import macs
from tinydeploy.ops.relu import read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddSquaredDifference"

INPUT_BITS = 7  # headroom that the kernel gives its inputs


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_squared_difference_s8; halving the larger keeps both multipliers below one."""
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    twice = 2 * max(first.scale, second.scale)
    multiplier1, shift1 = quantize_multiplier(first.scale / twice)
    multiplier2, shift2 = quantize_multiplier(second.scale / twice)
    multiplier, shift = quantize_multiplier(twice**2 / ((1 << 2 * INPUT_BITS) * output.scale))
    params: dict[str, Param] = {
        **broadcast.layout(graph, node),
        "multiplier1": multiplier1,
        "multiplier2": multiplier2,
        "output_multiplier": multiplier,
        "shift1": shift1,
        "shift2": shift2,
        "output_shift": shift,
        "offset1": -first.zero_point,
        "offset2": -second.zero_point,
        "output_offset": output.zero_point,
    }
    return Call(
        node=node.index,
        kernel="td_squared_difference_s8",
        params=tuple(params.items()),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources("td_squared_difference_s8", "td_fixedpoint"),
    )
