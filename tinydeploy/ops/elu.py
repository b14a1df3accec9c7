"""ELU: exp(x) - 1 below zero, in float32 as the oracle makes its own table."""

from __future__ import annotations

import math

import numpy as np

from tinydeploy.fixedpoint import INT8_MAX, INT8_MIN, round_half_away
from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import lookup
from tinydeploy.ops.lookup import refuse
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddElu"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers."""
    values, output = graph.input(node, 0), graph.output(node)
    inverse = np.float32(1) / np.float32(output.scale)

    def elu(x: int) -> int:
        real = np.float32(values.scale) * np.float32(x - values.zero_point)
        if real < 0:
            real = np.float32(math.exp(real)) - np.float32(1)
        steps = round_half_away(float(real * inverse))
        return int(min(max(steps + output.zero_point, INT8_MIN), INT8_MAX))

    return lookup.lower(graph, node, elu)
