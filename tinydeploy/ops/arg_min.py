"""ARG_MIN along a constant axis, to int32."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import arg_max
from tinydeploy.ops.arg_max import macs, read, refuse

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddArgMin"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_arg_max_s8."""
    return arg_max.call(graph, node, flip=-1)
