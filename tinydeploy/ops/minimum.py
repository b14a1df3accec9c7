"""MINIMUM of two tensors of one scale, with broadcasting."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import maximum
from tinydeploy.ops.maximum import macs, read, refuse

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddMinimum"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_maximum_s8."""
    return maximum.call(graph, node, flip=-1)
