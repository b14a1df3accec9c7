"""UNPACK: a tensor for each index of one axis."""

from __future__ import annotations

from math import prod

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import parts
from tinydeploy.ops.pack import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddUnpack"
dtypes = ("int8", "int16", "int32", "float32")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values = graph.input(node, 0)
    if values.data is not None:
        return f"{values.name} is a constant"
    return parts.refuse(values, [graph.tensor(i) for i in node.outputs])


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_split; nothing when the outputs can lie in the input."""
    shape = graph.input(node, 0).shape
    axis = node.attrs["axis"]
    assert isinstance(axis, int)
    return parts.cut(graph, node, 0, prod(shape[: axis % len(shape)]))
