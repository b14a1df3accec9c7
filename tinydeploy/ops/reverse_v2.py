"""REVERSE_V2 along constant axes."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddReverseV2"
dtypes = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output, axes = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    reason = copy.refuse(values, output, dtypes)
    if reason:
        return reason
    if axes.data is None or axes.dtype != "int32":
        return f"the axes {axes.name} are not constant int32"
    rank = len(values.shape)
    if any(not -rank <= axis < rank for axis in axes.data.reshape(-1).tolist()):
        return f"the axes {axes.data.tolist()} are not dimensions of {values.shape}"
    return copy.refuse_walk(values, _offsets(graph, node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy by strides, some of them negative."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    values, axes = graph.input(node, 0), graph.input(node, 1).data
    assert axes is not None
    reversed_axes = {axis % len(values.shape) for axis in axes.reshape(-1).tolist()}
    tables = []
    for axis, step in enumerate(copy.strides(values.shape)):
        places = np.arange(values.shape[axis]) * step
        tables.append(places[::-1] if axis in reversed_axes else places)
    return tables
