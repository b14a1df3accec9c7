"""ASSIGN_VARIABLE: a value is kept for the next inference."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy, read_variable
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddAssignVariable"
dtypes = ("int8", "int16", "int32", "float32")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    value = graph.input(node, 0)
    if value.data is not None:
        return f"{value.name} is a constant"
    return read_variable.refuse(graph, node)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_copy_strided."""
    return copy.whole(graph, node)
