"""ABS on int16, requantizing to the output's scale."""

from __future__ import annotations

from tinydeploy.fixedpoint import activation_range, quantize_multiplier
from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops.int16 import piecewise
from tinydeploy.ops.int16.relu import refuse

__all__ = ["lower", "refuse"]


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_piecewise_s16."""
    values, output = graph.input(node, 0), graph.output(node)
    ratio = quantize_multiplier(values.scale / output.scale)
    return piecewise.call(
        graph, node, activation_range("NONE", output), ratio, ratio, signs=(-1, 1)
    )
