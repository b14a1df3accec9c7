"""MAX_POOL_2D on int16."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import pool2d


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    return pool2d.refuse(graph, node, "int16")


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_max_pool_2d_s16."""
    return pool2d.lower(graph, node, "td_max_pool_2d_s16", "td_dsp_dw")
