"""RSQRT: one over the square root, of inputs that are never negative."""

from __future__ import annotations

import numpy as np

from tinydeploy.fixedpoint import (
    INT8_MAX,
    INT8_MIN,
    inverse_square_root,
    quantize_multiplier,
    requantize,
)
from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import lookup
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddRsqrt"

_INTEGER_BITS = 20  # that keep the root an integer until it is scaled


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    reason = lookup.refuse(graph, node)
    if not reason and graph.input(node, 0).zero_point != INT8_MIN:
        return "the input may be negative: its zero point is not -128"
    return reason


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers; the root of zero is the largest value."""
    values, output = graph.input(node, 0), graph.output(node)
    root = np.sqrt(np.float32(values.scale)) * np.float32(output.scale)
    multiplier, shift = quantize_multiplier(1 / float(root))

    def rsqrt(x: int) -> int:
        steps = x - values.zero_point
        if steps == 0:
            return INT8_MAX
        inverse, inverse_shift = inverse_square_root(steps)
        root = requantize(1, inverse, inverse_shift + _INTEGER_BITS)
        scaled = requantize(root, multiplier, shift - _INTEGER_BITS) + output.zero_point
        return min(max(scaled, INT8_MIN), INT8_MAX)

    return lookup.lower(graph, node, rsqrt)
