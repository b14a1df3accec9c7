"""DIV, with broadcasting; the divisors' reciprocals are a table.

What a division by zero gives is not defined, in TensorFlow Lite Micro neither.
"""

from __future__ import annotations

import numpy as np

from tinydeploy.fixedpoint import activation_range, one_over_one_plus, quantize_multiplier
from tinydeploy.graph import Aim, Call, Const, Graph, Node, Param
from tinydeploy.ops import broadcast, shapes
from tinydeploy.ops.add import read
from tinydeploy.ops.mul import macs

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddDiv"


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    reason = broadcast.refuse(graph, node)
    if reason:
        return reason
    if node.attrs["activation"] not in shapes.FUSED:
        return f"fused activation {node.attrs['activation']}"
    divisor = graph.input(node, 1)
    if divisor.data is not None and (divisor.data == divisor.zero_point).any():
        return f"{divisor.name} has a zero to divide by"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_div_s8."""
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    multiplier, shift = quantize_multiplier(first.scale / (second.scale * output.scale))
    low, high = activation_range(str(node.attrs["activation"]), output)
    params: dict[str, Param] = {
        **broadcast.layout(graph, node),
        "multiplier": multiplier,
        "reciprocal": Const("reciprocal", _reciprocals()),
        "shift": shift,
        "offset1": -first.zero_point,
        "offset2": -second.zero_point,
        "output_offset": output.zero_point,
        "activation_min": low,
        "activation_max": high,
    }
    return Call(
        node=node.index,
        kernel="td_div_s8",
        params=tuple(params.items()),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources("td_div_s8", "td_fixedpoint"),
    )


def _reciprocals() -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """1 / d for d in [0, 255], each raised to the half open range of fractions of 2**31."""
    fractions = [(d << (32 - d.bit_length())) - 2**31 for d in range(1, 256)]
    return np.array([0, *map(one_over_one_plus, fractions)], np.int32)
