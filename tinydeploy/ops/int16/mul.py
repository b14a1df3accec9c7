"""MUL on int16."""

from __future__ import annotations

from tinydeploy.fixedpoint import activation_range, quantize_multiplier
from tinydeploy.graph import Aim, Call, Graph, Node, Param
from tinydeploy.ops import broadcast, shapes
from tinydeploy.ops.int16 import sums


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    if node.attrs["activation"] not in shapes.FUSED:
        return f"fused activation {node.attrs['activation']}"
    tensors = [graph.input(node, 0), graph.input(node, 1), graph.output(node)]
    return sums.refuse_types(tensors) or broadcast.refuse_shapes(graph, node)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_mul_s16."""
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    multiplier, shift = quantize_multiplier(first.scale * second.scale / output.scale)
    low, high = activation_range(str(node.attrs["activation"]), output)
    params: dict[str, Param] = {
        **broadcast.layout(graph, node),
        "multiplier": multiplier,
        "shift": shift,
        "activation_min": low,
        "activation_max": high,
    }
    return Call(
        node=node.index,
        kernel="td_mul_s16",
        params=tuple(params.items()),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources("td_mul_s16", "td_broadcast_body", "td_broadcast", "td_fixedpoint"),
    )
