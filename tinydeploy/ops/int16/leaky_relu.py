"""LEAKY_RELU on int16, requantizing to the output's scale."""

from __future__ import annotations

from tinydeploy.fixedpoint import activation_range, quantize_multiplier
from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops.int16 import piecewise
from tinydeploy.ops.int16.piecewise import refuse

__all__ = ["lower", "refuse"]


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_piecewise_s16."""
    values, output = graph.input(node, 0), graph.output(node)
    alpha = node.attrs["alpha"]
    assert isinstance(alpha, float)
    return piecewise.call(
        graph,
        node,
        activation_range("NONE", output),
        positive=quantize_multiplier(values.scale / output.scale),
        negative=quantize_multiplier(abs(values.scale * alpha / output.scale)),
        signs=(1, -1 if alpha < 0 else 1),
    )
