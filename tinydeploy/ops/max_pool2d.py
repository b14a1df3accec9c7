"""MAX_POOL_2D."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import pool2d
from tinydeploy.ops.pool2d import macs, read, refuse

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddMaxPool2D"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_max_pool_2d_s8."""
    return pool2d.lower(graph, node, "td_max_pool_2d_s8", "td_dsp_dw", "td_pool")
