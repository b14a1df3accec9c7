"""PRELU: what is negative is multiplied by slopes of its own, broadcast."""

from __future__ import annotations

from tinydeploy.fixedpoint import quantize_multiplier
from tinydeploy.graph import Aim, Call, Graph, Node, Param
from tinydeploy.ops import broadcast, shapes
from tinydeploy.ops.broadcast import refuse
from tinydeploy.ops.mul import macs
from tinydeploy.ops.relu import read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddPrelu"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_prelu_s8."""
    values, slopes, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    multiplier, shift = quantize_multiplier(values.scale / output.scale)
    negative, negative_shift = quantize_multiplier(values.scale * slopes.scale / output.scale)
    params: dict[str, Param] = {
        **broadcast.layout(graph, node),
        "multiplier": multiplier,
        "negative_multiplier": negative,
        "shift": shift,
        "negative_shift": negative_shift,
        "offset1": -values.zero_point,
        "offset2": -slopes.zero_point,
        "output_offset": output.zero_point,
    }
    return Call(
        node=node.index,
        kernel="td_prelu_s8",
        params=tuple(params.items()),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources("td_prelu_s8", "td_broadcast_body", "td_broadcast", "td_fixedpoint"),
    )
