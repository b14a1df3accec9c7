"""RELU on int16, on its own: requantizing to the output's scale."""

from __future__ import annotations

from tinydeploy.fixedpoint import activation_range, quantize_multiplier
from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops.int16 import piecewise, sums


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    return piecewise.refuse(graph, node) or sums.refuse_types(
        (graph.input(node, 0), graph.output(node))
    )


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_piecewise_s16."""
    values, output = graph.input(node, 0), graph.output(node)
    scaling = quantize_multiplier(values.scale / output.scale)
    return piecewise.call(graph, node, activation_range("RELU", output), scaling, scaling)
