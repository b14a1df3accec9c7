"""Operators on single 8-bit elements: a table of all 256 answers, made at compile time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinydeploy.graph import Call, Const, Graph, Node, Operand
from tinydeploy.ops import shapes


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    if values.data is not None:
        return f"{values.name} is a constant"
    return shapes.refuse_types((values, output))


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
