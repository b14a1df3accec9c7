"""MINIMUM on int16."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import maximum
from tinydeploy.ops.int16.maximum import refuse

__all__ = ["lower", "refuse"]


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_maximum_s16."""
    return maximum.call(graph, node, -1, "td_maximum_s16")
