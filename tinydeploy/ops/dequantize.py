"""DEQUANTIZE: int8, uint8 or int16 to float32."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node, Operand
from tinydeploy.ops import shapes
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddDequantize"
dtypes = ("int8", "uint8", "int16")

_KERNELS = {
    "int8": "td_dequantize_s8_f32",
    "int16": "td_dequantize_s16_f32",
    "uint8": "td_dequantize_u8_f32",
}


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    if values.dtype not in _KERNELS or output.dtype != "float32":
        return f"from {values.dtype} to {output.dtype}"
    if values.data is not None:
        return f"{values.name} is a constant"
    return shapes.refuse_types((values,), values.dtype)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of the kernel of the input's type."""
    values, output = graph.input(node, 0), graph.output(node)
    kernel = _KERNELS[values.dtype]
    return Call(
        node=node.index,
        kernel=kernel,
        params=(
            ("size", values.size),
            ("scale", values.scale),
            ("input_offset", -values.zero_point),
        ),
        args=(Operand(values.index), Operand(output.index, output=True)),
        sources=shapes.sources(kernel),
    )
