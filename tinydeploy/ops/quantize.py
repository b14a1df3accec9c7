"""QUANTIZE: between 8-bit scales by a table, or from float32 at the model's border."""

from __future__ import annotations

import numpy as np

from tinydeploy.fixedpoint import quantize_multiplier, requantize
from tinydeploy.graph import Call, Graph, Node, Operand
from tinydeploy.ops import lookup, shapes
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddQuantize"

_TYPES = (("int8", "int8"), ("int8", "uint8"), ("uint8", "int8"), ("float32", "int8"))


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    if (values.dtype, output.dtype) not in _TYPES:
        return f"from {values.dtype} to {output.dtype}"
    if values.data is not None:
        return f"{values.name} is a constant"
    quantized = (output,) if values.dtype == "float32" else (values, output)
    for tensor in quantized:
        if len(tensor.scales) != 1:
            return f"{tensor.name} is not quantized per tensor"
    return ""


def lower(graph: Graph, node: Node, optimize: str) -> Call:
    """A call of td_lookup_u8 or td_quantize_f32_s8."""
    values, output = graph.input(node, 0), graph.output(node)
    if values.dtype == "float32":
        return Call(
            node=node.index,
            kernel="td_quantize_f32_s8",
            params=(
                ("size", values.size),
                ("scale", output.scale),
                ("output_offset", output.zero_point),
            ),
            args=(Operand(values.index), Operand(output.index, output=True)),
            sources=shapes.sources("td_quantize_f32_s8", "td_fixedpoint"),
        )
    multiplier, shift = quantize_multiplier(values.scale / output.scale)
    limits = np.iinfo(output.dtype)

    def rescale(x: int) -> int:
        scaled = requantize(x - values.zero_point, multiplier, shift) + output.zero_point
        return min(max(scaled, int(limits.min)), int(limits.max))

    return lookup.lower(graph, node, rescale)
