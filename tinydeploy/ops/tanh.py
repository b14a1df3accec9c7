"""TANH, to int8 with scale 1/128 and zero point 0."""

from __future__ import annotations

from tinydeploy import fixedpoint
from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import lookup
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddTanh"


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    output = graph.output(node)
    reason = lookup.refuse(graph, node)
    if not reason and (output.zero_point != 0 or output.scale != 1 / 128):
        return "the output's scale is not 1/128 with zero point 0"
    return reason


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers."""
    values = graph.input(node, 0)
    return lookup.lower(graph, node, lambda x: fixedpoint.tanh(x - values.zero_point, values.scale))
