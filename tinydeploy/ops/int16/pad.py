"""PAD, and PADV2, on int16."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import pad
from tinydeploy.ops.int16 import sums


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    tensors = (graph.input(node, 0), graph.output(node))
    return sums.refuse_types(tensors) or pad.refuse(graph, node, "int16")


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_pad_s16."""
    return pad.call(graph, node, "td_pad_s16")
