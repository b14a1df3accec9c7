"""GATHER by constant indices along one axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinydeploy.graph import Aim, Attrs, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.relu import macs

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddGather"


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    if options is None:
        return {"axis": 0, "batch_dims": 0}
    return {"axis": int(options.Axis()), "batch_dims": int(options.BatchDims())}


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output, indices = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    reason = copy.refuse(values, output, ("int8", "float32"))
    if reason:
        return reason
    if indices.data is None or indices.dtype != "int32":
        return f"the indices {indices.name} are not constant int32"
    if node.attrs["batch_dims"]:
        return "each batch has indices of its own"
    size = values.shape[_axis(graph, node)]
    if any(not 0 <= i < size for i in indices.data.reshape(-1).tolist()):
        return f"the indices {indices.name} are not all between 0 and {size - 1}"
    return copy.refuse_walk(values, _offsets(graph, node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy by a table of indices."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _axis(graph: Graph, node: Node) -> int:
    axis = node.attrs["axis"]
    assert isinstance(axis, int)
    return axis % len(graph.input(node, 0).shape)


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    values, indices = graph.input(node, 0), graph.input(node, 1).data
    assert indices is not None
    tables = [np.arange(size) for size in values.shape]
    tables[_axis(graph, node)] = indices.reshape(-1).astype(np.int64)
    return [table * step for table, step in zip(tables, copy.strides(values.shape), strict=True)]
