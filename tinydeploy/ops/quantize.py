"""QUANTIZE: between integer types and scales, or from float32."""

from __future__ import annotations

import numpy as np

from tinydeploy.fixedpoint import quantize_multiplier, requantize
from tinydeploy.graph import ITEM_BYTES, Aim, Call, Graph, Node, Operand, Tensor
from tinydeploy.ops import lookup, shapes
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddQuantize"
dtypes = ("int8", "uint8", "int16", "int32", "float32")

_BYTES = (("int8", "int8"), ("int8", "uint8"), ("uint8", "int8"))
_FLOATS = {"int8": "td_quantize_f32_s8", "int16": "td_quantize_f32_s16"}
_WIDE = (
    ("int8", "int16"),
    ("int8", "int32"),
    ("int16", "int8"),
    ("int16", "int16"),
    ("int16", "int32"),
    ("int32", "int8"),
    ("int32", "int16"),
)


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    is_float = values.dtype == "float32" and output.dtype in _FLOATS
    if not is_float and (values.dtype, output.dtype) not in _BYTES + _WIDE:
        return f"from {values.dtype} to {output.dtype}"
    if values.data is not None:
        return f"{values.name} is a constant"
    for tensor in (output,) if is_float else (values, output):
        if len(tensor.scales) != 1:
            return f"{tensor.name} is not quantized per tensor"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_lookup_u8, of td_requantize_elements or of a kernel from float32."""
    values, output = graph.input(node, 0), graph.output(node)
    if values.dtype == "float32":
        return _from_float(node, values, output)
    multiplier, shift = quantize_multiplier(values.scale / output.scale)
    if (values.dtype, output.dtype) in _WIDE:
        return Call(
            node=node.index,
            kernel="td_requantize_elements",
            params=(
                ("size", values.size),
                ("multiplier", multiplier),
                ("shift", shift),
                ("input_bytes", ITEM_BYTES[values.dtype]),
                ("output_bytes", ITEM_BYTES[output.dtype]),
                ("input_offset", -values.zero_point),
                ("output_offset", output.zero_point),
            ),
            args=(Operand(values.index), Operand(output.index, output=True)),
            sources=shapes.sources("td_requantize_elements", "td_fixedpoint"),
        )
    limits = np.iinfo(output.dtype)

    def rescale(x: int) -> int:
        scaled = requantize(x - values.zero_point, multiplier, shift) + output.zero_point
        return min(max(scaled, int(limits.min)), int(limits.max))

    return lookup.lower(graph, node, rescale)


def _from_float(node: Node, values: Tensor, output: Tensor) -> Call:
    kernel = _FLOATS[output.dtype]
    return Call(
        node=node.index,
        kernel=kernel,
        params=(
            ("size", values.size),
            ("scale", output.scale),
            ("output_offset", output.zero_point),
        ),
        args=(Operand(values.index), Operand(output.index, output=True)),
        sources=shapes.sources(kernel, "td_fixedpoint"),
    )
