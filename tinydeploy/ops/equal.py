"""EQUAL: where two tensors are the same, with broadcasting."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import compare
from tinydeploy.ops.compare import refuse
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddEqual"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_compare_s8."""
    return compare.call(graph, node, less=False, equal=True, greater=False)
