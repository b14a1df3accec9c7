"""SQUARED_DIFFERENCE, with broadcasting."""

from __future__ import annotations

from tinydeploy.fixedpoint import quantize_multiplier
from tinydeploy.graph import Aim, Call, Graph, Node, Param
from tinydeploy.ops import broadcast, shapes
from tinydeploy.ops.mul import macs
from tinydeploy.ops.relu import read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddSquaredDifference"

INPUT_BITS = 7  # headroom that the kernel gives its inputs


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    reason = broadcast.refuse(graph, node)
    if not reason and _multiplier(*_scales(graph, node)) >= 1:
        return shapes.TOO_FINE
    return reason


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_squared_difference_s8; halving the larger keeps both multipliers below one."""
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    twice = 2 * _scales(graph, node)[0]
    multiplier1, shift1 = quantize_multiplier(first.scale / twice)
    multiplier2, shift2 = quantize_multiplier(second.scale / twice)
    multiplier, shift = quantize_multiplier(_multiplier(*_scales(graph, node)))
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
        sources=shapes.sources(
            "td_squared_difference_s8", "td_broadcast_body", "td_broadcast", "td_fixedpoint"
        ),
    )


def _scales(graph: Graph, node: Node) -> tuple[float, float]:
    """The larger of the inputs' scales, and the output's."""
    larger = max(graph.input(node, 0).scale, graph.input(node, 1).scale)
    return larger, graph.output(node).scale


def _multiplier(larger: float, output: float) -> float:
    """The real one of the squares, which the kernel's headroom has raised."""
    return (2 * larger) ** 2 / ((1 << 2 * INPUT_BITS) * output)
