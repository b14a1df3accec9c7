"""READ_VARIABLE: a copy of what a variable holds."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddReadVariable"
dtypes = ("int8", "int16", "int32", "float32")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    source, output = graph.input(node, 0), graph.output(node)
    if source.dtype != output.dtype or source.bytes != output.bytes:
        return f"{output.name} is not of the type and size of the variable {source.name}"
    if source.scales != output.scales or source.zero_points != output.zero_points:
        return f"{output.name} has another scale than the variable {source.name}"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_copy_strided."""
    return copy.whole(graph, node)
