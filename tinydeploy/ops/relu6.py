"""RELU6 on its own, requantizing to the output's scale; TensorFlow Lite Micro only clamps."""

from __future__ import annotations

from collections.abc import Callable

from tinydeploy.fixedpoint import (
    INT8_MAX,
    INT8_MIN,
    activation_range,
    quantize_multiplier,
    requantize,
)
from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import lookup
from tinydeploy.ops.lookup import refuse
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddRelu6"


def is_a_clamp(graph: Graph, node: Node) -> bool:
    """Whether input and output are quantized alike, as TensorFlow Lite Micro takes them to be."""
    values, output = graph.input(node, 0), graph.output(node)
    return values.scales == output.scales and values.zero_points == output.zero_points


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers."""
    return lookup.lower(graph, node, clamped(graph, node, "RELU6"))


def clamped(graph: Graph, node: Node, activation: str) -> Callable[[int], int]:
    """An activation as a function of int8 values."""
    values, output = graph.input(node, 0), graph.output(node)
    low, high = activation_range(activation, output)
    low, high = max(low, INT8_MIN), min(high, INT8_MAX)
    multiplier, shift = quantize_multiplier(values.scale / output.scale)

    def answer(x: int) -> int:
        scaled = requantize(x - values.zero_point, multiplier, shift) + output.zero_point
        return min(max(scaled, low), high)

    return answer
