"""LOGICAL_OR: whether one of two conditions holds, with broadcasting."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import logical
from tinydeploy.ops.logical import refuse
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddLogicalOr"
dtypes = ("bool",)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_logical_u8."""
    return logical.call(graph, node, either=True)
