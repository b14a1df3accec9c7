"""RELU6 on int16, on its own: a clamp, as TensorFlow Lite Micro does it."""

from __future__ import annotations

from tinydeploy.fixedpoint import activation_range
from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import shapes
from tinydeploy.ops.int16 import piecewise


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    reason = piecewise.refuse(graph, node)
    return reason or shapes.refuse_scales([graph.input(node, 0)], graph.output(node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_piecewise_s16."""
    return piecewise.call(graph, node, activation_range("RELU6", graph.input(node, 0)))
