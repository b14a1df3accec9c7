"""RELU on its own, requantizing to the output's scale."""

from __future__ import annotations

from typing import Any

from tinydeploy.fixedpoint import INT8_MAX, INT8_MIN, quantize_multiplier, requantize
from tinydeploy.graph import Aim, Attrs, Call, Graph, Node
from tinydeploy.ops import lookup
from tinydeploy.ops.lookup import refuse

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddRelu"


def read(options: Any) -> Attrs:
    """Nothing: the operator has no options."""
    return {}


def macs(graph: Graph, node: Node) -> int:
    """None are counted."""
    return 0


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers."""
    values, output = graph.input(node, 0), graph.output(node)
    multiplier, shift = quantize_multiplier(values.scale / output.scale)
    low = max(INT8_MIN, output.zero_point)

    def relu(x: int) -> int:
        scaled = requantize(x - values.zero_point, multiplier, shift) + output.zero_point
        return min(max(scaled, low), INT8_MAX)

    return lookup.lower(graph, node, relu)
