"""FLOOR_DIV of float32: the quotient rounded down, with broadcasting."""

from __future__ import annotations

from tinydeploy.graph import Graph, Node
from tinydeploy.ops.float32 import FLOAT32
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddFloorDiv"
dtypes = ("float32",)

lower = FLOAT32["FLOOR_DIV"].lower


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    reason = FLOAT32[node.op].refuse(graph, node)
    whole = graph.output(node).dtype == "int32"
    instead = "compare, cast and multiply instead" if whole else "--scheme float32 has it"
    return f"{reason}: {instead}" if graph.output(node).dtype != "float32" else reason
