"""SUM over constant axes: MEAN's kernel without the division."""

from __future__ import annotations

from tinydeploy.fixedpoint import quantize_multiplier
from tinydeploy.graph import Aim, Call, Graph, Node, Operand
from tinydeploy.ops import mean, shapes
from tinydeploy.ops.mean import macs, read, refuse

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddSum"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_mean_s8."""
    return call(graph, node, "td_mean_s8", "td_dsp_dw")


def call(graph: Graph, node: Node, kernel: str, *headers: str) -> Call:
    """A call of a mean kernel that only sums up."""
    values, output = graph.input(node, 0), graph.output(node)
    multiplier, shift = quantize_multiplier(values.scale / output.scale)
    return Call(
        node=node.index,
        kernel=kernel,
        params=(
            *mean.walk(graph, node),
            ("sum_offset", -values.zero_point * mean.count(graph, node)),
            ("multiplier", multiplier),
            ("shift", shift),
            ("output_offset", output.zero_point),
        ),
        args=(Operand(values.index), Operand(output.index, output=True)),
        sources=shapes.sources(kernel, "td_fixedpoint", *headers),
    )
