"""REDUCE_MIN over constant axes."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import reduce_max
from tinydeploy.ops.reduce_max import macs, read, refuse

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddReduceMin"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_reduce_max_s8."""
    return reduce_max.call(graph, node, flip=-1)
