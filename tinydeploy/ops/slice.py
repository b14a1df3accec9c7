"""SLICE with constant begin and size."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddSlice"
dtypes = ("int8", "int16", "int32", "float32", "bool")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    reason = copy.refuse(values, output, dtypes)
    if reason:
        return reason
    for position in (1, 2):
        indices = graph.input(node, position)
        if indices.data is None or indices.size != len(values.shape):
            return f"{indices.name} is not one constant for each dimension"
    begins = _begins(graph, node)
    ends = [begin + size for begin, size in zip(begins, output.shape, strict=True)]
    if min(begins) < 0 or any(end > size for end, size in zip(ends, values.shape, strict=True)):
        return f"the slice from {begins} to {ends} is not inside {values.shape}"
    return copy.refuse_walk(values, _offsets(graph, node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy by strides; nothing when the slice is dense and can lie in the input."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _begins(graph: Graph, node: Node) -> list[int]:
    data = graph.input(node, 1).data
    assert data is not None
    return [int(i) for i in data.reshape(-1)]


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    steps = copy.strides(graph.input(node, 0).shape)
    dimensions = zip(_begins(graph, node), graph.output(node).shape, steps, strict=True)
    return [(begin + np.arange(size)) * step for begin, size, step in dimensions]
