"""CAST between integers, conditions and float32, without scales."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node, Operand
from tinydeploy.ops import shapes
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddCast"
dtypes = ("int8", "int16", "int32", "float32", "bool")

_KINDS = {"float32": 0, "int8": 1, "bool": 1, "int16": 2, "int32": 4}


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    if output.dtype == "bool":
        return "to bool, which TensorFlow Lite Micro refuses: compare with 0 instead"
    if values.dtype not in _KINDS or output.dtype not in _KINDS:
        return f"from {values.dtype} to {output.dtype}"
    return f"{values.name} is a constant" if values.data is not None else ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_cast; a rename where nothing changes."""
    values, output = graph.input(node, 0), graph.output(node)
    kinds = _KINDS[values.dtype], _KINDS[output.dtype]
    args = (Operand(values.index), Operand(output.index, output=True))
    if kinds[0] == kinds[1]:
        return Call(node=node.index, kernel="", params=(), args=args, in_place=True)
    return Call(
        node=node.index,
        kernel="td_cast",
        params=(("size", output.size), ("input_kind", kinds[0]), ("output_kind", kinds[1])),
        args=args,
        sources=shapes.sources("td_cast", "td_fixedpoint"),
    )
