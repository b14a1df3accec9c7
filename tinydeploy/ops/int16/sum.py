"""SUM on int16."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import sum
from tinydeploy.ops.int16.mean import refuse

__all__ = ["lower", "refuse"]


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_mean_s16."""
    return sum.call(graph, node, "td_mean_s16")
