"""Operators on single 8-bit elements: a table of all 256 answers, made at compile time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinydeploy.fixedpoint import INT8_MAX, INT8_MIN, round_half_away
from tinydeploy.graph import Call, Const, Graph, Node, Operand
from tinydeploy.ops import shapes

_LARGE = 2.0**100  # what no output holds


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    if values.data is not None:
        return f"{values.name} is a constant"
    return shapes.refuse_types((values, output))


def of_reals(graph: Graph, node: Node, function: Callable[[np.float32], float]) -> Call:
    """A call of td_lookup_u8 for a function of real numbers, in float32 as TensorFlow Lite makes
    its own tables."""
    values, output = graph.input(node, 0), graph.output(node)
    inverse = np.float32(1) / np.float32(output.scale)

    def answer(x: int) -> int:
        real = np.float32(values.scale) * np.float32(x - values.zero_point)
        steps = float(np.float32(min(max(function(real), -_LARGE), _LARGE)) * inverse)
        whole = round_half_away(min(max(steps, -_LARGE), _LARGE))
        return int(min(max(whole + output.zero_point, INT8_MIN), INT8_MAX))

    return lower(graph, node, answer)


def lower(graph: Graph, node: Node, function: Callable[[int], int]) -> Call:
    """A call of td_lookup_u8; a rename when `function` gives back every value."""
    values, output = graph.input(node, 0), graph.output(node)
    args = (Operand(values.index), Operand(output.index, output=True))
    inputs = np.arange(256, dtype=np.uint8).view(values.dtype)
    table = np.array([function(int(x)) for x in inputs], output.dtype)
    if values.dtype == output.dtype and np.array_equal(table, inputs):
        return Call(node=node.index, kernel="", params=(), args=args, in_place=True)
    return Call(
        node=node.index,
        kernel="td_lookup_u8",
        params=(("size", values.size),),
        args=(args[0], Const("table", table), args[1]),
        in_place=True,
        sources=shapes.sources("td_lookup_u8"),
    )
