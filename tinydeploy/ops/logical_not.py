"""LOGICAL_NOT of conditions."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import lookup
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddLogicalNot"
dtypes = ("bool",)


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    for tensor in (values, output):
        if tensor.dtype != "bool":
            return f"{tensor.name} is {tensor.dtype}, not bool"
    return f"{values.name} is a constant" if values.data is not None else ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the answers."""
    return lookup.lower(graph, node, lambda x: not x)
