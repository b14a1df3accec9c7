"""RELU6 on its own: a clamp, as TensorFlow Lite Micro does it."""

from __future__ import annotations

from tinydeploy.fixedpoint import INT8_MAX, INT8_MIN, activation_range
from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import lookup
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddRelu6"


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    reason = lookup.refuse(graph, node)
    if reason:
        return reason
    values, output = graph.input(node, 0), graph.output(node)
    if values.scale != output.scale or values.zero_point != output.zero_point:
        return "input and output differ in scale, which TensorFlow Lite Micro ignores"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers."""
    low, high = activation_range("RELU6", graph.input(node, 0))
    low, high = max(low, INT8_MIN), min(high, INT8_MAX)
    return lookup.lower(graph, node, lambda x: min(max(x, low), high))
