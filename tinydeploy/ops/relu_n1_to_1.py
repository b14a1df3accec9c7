"""RELU_N1_TO_1 on its own, which TensorFlow Lite Micro has not."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import lookup, relu6
from tinydeploy.ops.lookup import refuse
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers."""
    return lookup.lower(graph, node, relu6.clamped(graph, node, "RELU_N1_TO_1"))
