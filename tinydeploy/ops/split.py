"""SPLIT into equal parts along a constant axis."""

from __future__ import annotations

from math import prod

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import parts
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddSplit"
dtypes = ("int8", "int16", "int32", "float32")

_AXIS, _VALUES = 0, 1


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    return refuse_parts(graph, node, _VALUES, _AXIS)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_split; nothing when the outputs can lie in the input."""
    return cut(graph, node, _VALUES, _AXIS)


def refuse_parts(graph: Graph, node: Node, position: int, axis_position: int) -> str:
    """Why input `position` cannot be cut along the axis at `axis_position`."""
    values, axis = graph.input(node, position), graph.input(node, axis_position)
    if axis.data is None or axis.size != 1 or axis.dtype != "int32":
        return f"the axis {axis.name} is not one constant int32"
    if values.data is not None:
        return f"{values.name} is a constant"
    return parts.refuse(values, [graph.tensor(i) for i in node.outputs])


def cut(graph: Graph, node: Node, position: int, axis_position: int) -> Call:
    """Input `position` cut along the axis at `axis_position`."""
    shape, axis = graph.input(node, position).shape, graph.input(node, axis_position).data
    assert axis is not None
    return parts.cut(graph, node, position, prod(shape[: int(axis.reshape(-1)[0]) % len(shape)]))
