"""MAXIMUM on int16."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import broadcast, maximum, shapes


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    inputs = [graph.input(node, 0), graph.input(node, 1)]
    reason = broadcast.refuse(graph, node, "int16")
    return reason or shapes.refuse_scales(inputs, graph.output(node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_maximum_s16."""
    return maximum.call(graph, node, 0, "td_maximum_s16")
