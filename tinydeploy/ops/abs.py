"""ABS, requantizing to the output's scale."""

from __future__ import annotations

from tinydeploy.fixedpoint import INT8_MAX, INT8_MIN, quantize_multiplier, requantize
from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import lookup
from tinydeploy.ops.lookup import refuse
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddAbs"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers."""
    values, output = graph.input(node, 0), graph.output(node)
    ratio = quantize_multiplier(values.scale / output.scale)

    def absolute(x: int) -> int:
        scaled = requantize(abs(x - values.zero_point), *ratio) + output.zero_point
        return min(max(scaled, INT8_MIN), INT8_MAX)

    return lookup.lower(graph, node, absolute)
