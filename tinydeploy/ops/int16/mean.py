"""MEAN on int16."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import mean


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    return mean.refuse(graph, node, "int16")


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_mean_s16."""
    return mean.call(graph, node, "td_mean_s16")
