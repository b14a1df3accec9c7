"""SELECT_V2 on int16."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import select_v2


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    return select_v2.refuse(graph, node, "int16")


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_select_s16."""
    return select_v2.call(graph, node, "td_select_s16")
