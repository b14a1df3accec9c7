"""PACK of tensors that share scale and zero point along a new axis."""

from __future__ import annotations

from math import prod
from typing import Any

from tinydeploy.graph import Aim, Attrs, Call, Graph, Node
from tinydeploy.ops import parts
from tinydeploy.ops.relu import macs

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddPack"
dtypes = ("int8", "int16", "int32", "int64", "float32")


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {"axis": int(options.Axis())}


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    inputs = [graph.tensor(i) for i in node.inputs]
    if all(tensor.data is not None for tensor in inputs):
        return "all inputs are constants"
    return parts.refuse(graph.output(node), inputs)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_concatenation; nothing when the inputs can lie in the output."""
    output = graph.output(node)
    axis = node.attrs["axis"]
    assert isinstance(axis, int)
    return parts.join(graph, node, prod(output.shape[: axis % len(output.shape)]))
