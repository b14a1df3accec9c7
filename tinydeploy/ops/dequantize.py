"""DEQUANTIZE: int8 to float32 at the model's border."""

from __future__ import annotations

from tinydeploy.graph import Call, Graph, Node, Operand
from tinydeploy.ops import shapes
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddDequantize"


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    if output.dtype != "float32":
        return f"{output.name} is {output.dtype}, not float32"
    if values.data is not None:
        return f"{values.name} is a constant"
    return shapes.refuse_types((values,))


def lower(graph: Graph, node: Node, optimize: str) -> Call:
    """A call of td_dequantize_s8_f32."""
    values, output = graph.input(node, 0), graph.output(node)
    return Call(
        node=node.index,
        kernel="td_dequantize_s8_f32",
        params=(
            ("size", values.size),
            ("scale", values.scale),
            ("input_offset", -values.zero_point),
        ),
        args=(Operand(values.index), Operand(output.index, output=True)),
        sources=shapes.sources("td_dequantize_s8_f32"),
    )
