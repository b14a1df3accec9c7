"""CONCATENATION of tensors that share scale and zero point."""

from __future__ import annotations

from math import prod
from typing import Any

from tinydeploy.graph import Aim, Attrs, Call, Graph, Node
from tinydeploy.ops import parts, shapes
from tinydeploy.ops.relu import macs

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddConcatenation"
dtypes = ("int8", "int16", "int32", "int64", "float32", "bool")


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {"axis": int(options.Axis()), "activation": shapes.activation_name(options)}


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    inputs = [graph.tensor(i) for i in node.inputs]
    reason = parts.refuse(graph.output(node), inputs)
    if reason:
        return reason
    if node.attrs["activation"] != "NONE":
        return f"fused activation {node.attrs['activation']}"
    if all(tensor.data is not None for tensor in inputs):
        return "all inputs are constants"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_concatenation; nothing when the inputs can lie in the output."""
    output = graph.output(node)
    axis = node.attrs["axis"]
    assert isinstance(axis, int)
    return parts.join(graph, node, prod(output.shape[: axis % len(output.shape)]))
