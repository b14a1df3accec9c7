"""SELECT between two tensors of one scale by a condition of their shape; TensorFlow Lite Micro has
SELECT_V2 only."""

from __future__ import annotations

from tinydeploy.graph import Graph, Node
from tinydeploy.ops import select_v2
from tinydeploy.ops.select_v2 import lower, macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = ""


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    condition, output = graph.input(node, 0), graph.output(node)
    if condition.shape != output.shape and condition.size != 1:
        return f"the condition {condition.name} chooses rows, not elements: use SELECT_V2"
    return select_v2.refuse(graph, node)
