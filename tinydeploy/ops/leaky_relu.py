"""LEAKY_RELU, requantizing to the output's scale."""

from __future__ import annotations

from typing import Any

from tinydeploy.fixedpoint import INT8_MAX, INT8_MIN, quantize_multiplier, requantize
from tinydeploy.graph import Aim, Attrs, Call, Graph, Node
from tinydeploy.ops import lookup
from tinydeploy.ops.lookup import refuse
from tinydeploy.ops.relu import macs

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddLeakyRelu"


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {"alpha": float(options.Alpha()) if options is not None else 0.0}


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers."""
    values, output = graph.input(node, 0), graph.output(node)
    alpha = node.attrs["alpha"]
    assert isinstance(alpha, float)
    positive = quantize_multiplier(values.scale / output.scale)
    negative = quantize_multiplier(abs(values.scale * alpha / output.scale))
    sign = -1 if alpha < 0 else 1

    def leaky(x: int) -> int:
        x -= values.zero_point
        scaled = requantize(x, *positive) if x >= 0 else sign * requantize(x, *negative)
        return min(max(scaled + output.zero_point, INT8_MIN), INT8_MAX)

    return lookup.lower(graph, node, leaky)
