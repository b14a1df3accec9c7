"""MUL, with broadcasting."""

from __future__ import annotations

from tinydeploy.fixedpoint import activation_range, quantize_multiplier
from tinydeploy.graph import Aim, Call, Graph, Node, Param
from tinydeploy.ops import broadcast, shapes
from tinydeploy.ops.add import read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddMul"


def macs(graph: Graph, node: Node) -> int:
    """One multiplication for each output element."""
    return graph.output(node).size


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    if node.attrs["activation"] not in shapes.FUSED:
        return f"fused activation {node.attrs['activation']}"
    return broadcast.refuse(graph, node)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_mul_s8."""
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    multiplier, shift = quantize_multiplier(first.scale * second.scale / output.scale)
    low, high = activation_range(str(node.attrs["activation"]), output)
    params: dict[str, Param] = {
        **broadcast.layout(graph, node),
        "multiplier": multiplier,
        "shift": shift,
        "offset1": -first.zero_point,
        "offset2": -second.zero_point,
        "output_offset": output.zero_point,
        "activation_min": low,
        "activation_max": high,
    }
    return Call(
        node=node.index,
        kernel="td_mul_s8",
        params=tuple(params.items()),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources("td_mul_s8", "td_dsp_dw", "td_fixedpoint"),
    )
