"""L2_NORMALIZATION over the last dimension, to int8 with scale 1/128 and zero point 0."""

from __future__ import annotations

from typing import Any

from tinydeploy.graph import Aim, Attrs, Call, Graph, Node, Operand
from tinydeploy.ops import shapes
from tinydeploy.ops.relu import macs

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddL2Normalization"

_DEPTH_MAX = 8192  # whose squares sum up below 2**29


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {"activation": shapes.activation_name(options)}


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    reason = shapes.refuse_types((values, output))
    if reason:
        return reason
    if node.attrs["activation"] != "NONE":
        return f"fused activation {node.attrs['activation']}"
    if output.scale != 1 / 128 or output.zero_point:
        return "the output's scale is not 1/128 with zero point 0"
    if values.shape[-1] > _DEPTH_MAX:
        return f"rows of {values.shape[-1]} elements are longer than {_DEPTH_MAX}"
    return f"{values.name} is a constant" if values.data is not None else ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_l2_normalization_s8."""
    values, output = graph.input(node, 0), graph.output(node)
    depth = values.shape[-1]
    return Call(
        node=node.index,
        kernel="td_l2_normalization_s8",
        params=(
            ("rows", values.size // depth),
            ("depth", depth),
            ("input_offset", -values.zero_point),
        ),
        args=(Operand(values.index), Operand(output.index, output=True)),
        in_place=True,
        sources=shapes.sources("td_l2_normalization_s8", "td_inverse_root", "td_fixedpoint"),
    )
