"""Operators on single int16 elements that are two straight lines, clamped."""

from __future__ import annotations

from tinydeploy.graph import Call, Graph, Node, Operand
from tinydeploy.ops import shapes

_IDENTITY = (1 << 30, 1)  # multiplier and shift of 1


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    if values.data is not None:
        return f"{values.name} is a constant"
    return shapes.refuse_types((values, output), "int16")


def call(
    graph: Graph,
    node: Node,
    activation: tuple[int, int],
    positive: tuple[int, int] = _IDENTITY,
    negative: tuple[int, int] = _IDENTITY,
    signs: tuple[int, int] = (1, 1),
) -> Call:
    """A call of td_piecewise_s16: multiplier and shift of either side of the zero point, the signs
    of what is below it before and after it is scaled, and what all is clamped to."""
    values, output = graph.input(node, 0), graph.output(node)
    return Call(
        node=node.index,
        kernel="td_piecewise_s16",
        params=(
            ("size", values.size),
            ("multiplier", positive[0]),
            ("negative_multiplier", negative[0]),
            ("shift", positive[1]),
            ("negative_shift", negative[1]),
            ("flip", signs[0]),
            ("sign", signs[1]),
            ("input_offset", -values.zero_point),
            ("output_offset", output.zero_point),
            ("activation_min", activation[0]),
            ("activation_max", activation[1]),
        ),
        args=(Operand(values.index), Operand(output.index, output=True)),
        in_place=True,
        sources=shapes.sources("td_piecewise_s16", "td_fixedpoint"),
    )
