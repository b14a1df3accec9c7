"""STRIDED_SLICE with constant begin, end and strides."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinydeploy.graph import Aim, Attrs, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.relu import macs

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddStridedSlice"
dtypes = ("int8", "int16", "int32", "float32", "bool")


def read(options: Any) -> Attrs:
    """Options as plain attributes; a mask has a bit for each dimension."""
    return {
        "begin_mask": int(options.BeginMask()),
        "end_mask": int(options.EndMask()),
        "shrink_mask": int(options.ShrinkAxisMask()),
        "other_masks": int(options.EllipsisMask()) | int(options.NewAxisMask()),
    }


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    reason = copy.refuse(values, output, dtypes)
    if reason:
        return reason
    if node.attrs["other_masks"]:
        return "an ellipsis or a new axis, which TensorFlow Lite Micro ignores"
    for position in (1, 2, 3):
        indices = graph.input(node, position)
        if indices.data is None or indices.dtype != "int32" or indices.size != len(values.shape):
            return f"{indices.name} is not one constant int32 for each dimension"
    if 0 in _indices(graph, node, 3):
        return "a stride of 0"
    offsets = _offsets(graph, node)
    if np.prod([len(table) for table in offsets]) != output.size:
        return f"output shape {output.shape} does not follow from begin, end and strides"
    return copy.refuse_walk(values, offsets)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy by strides; nothing when the slice is dense and can lie in the input."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _indices(graph: Graph, node: Node, position: int) -> list[int]:
    data = graph.input(node, position).data
    assert data is not None
    return [int(i) for i in data.reshape(-1)]


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    values = graph.input(node, 0)
    begin, end, stride = (_indices(graph, node, position) for position in (1, 2, 3))
    masks = [node.attrs[name] for name in ("begin_mask", "end_mask", "shrink_mask")]
    tables = []
    for axis, step in enumerate(copy.strides(values.shape)):
        begins, ends, shrinks = (bool(int(mask) >> axis & 1) for mask in masks)  # type: ignore[arg-type]
        bounds = slice(
            None if begins else begin[axis], None if ends else end[axis], stride[axis]
        ).indices(values.shape[axis])
        if shrinks:  # one index; where it ends does not matter
            bounds = (bounds[0], bounds[0] + 1, 1)
        tables.append(np.arange(*bounds) * step)
    return tables
