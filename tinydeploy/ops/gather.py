"""GATHER along one axis, by constant indices or by those of a tensor."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinydeploy.graph import ITEM_BYTES, Aim, Attrs, Call, Const, Graph, Node, Operand, Tensor
from tinydeploy.ops import copy, shapes
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.relu import macs

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddGather"
dtypes = ("int8", "float32")


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    if options is None:
        return {"axis": 0, "batch_dims": 0}
    return {"axis": int(options.Axis()), "batch_dims": int(options.BatchDims())}


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output, indices = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    if indices.dtype != "int32":
        return f"the indices {indices.name} are {indices.dtype}, not int32"
    if node.attrs["batch_dims"]:
        return "each batch has indices of its own"
    if values.dtype != output.dtype or values.dtype not in dtypes:
        return f"from {values.dtype} to {output.dtype}"
    if indices.data is None:
        return ""
    if values.data is not None:
        return f"{values.name} is a constant, and so are the indices"
    size = values.shape[_axis(graph, node)]
    if any(not 0 <= i < size for i in indices.data.reshape(-1).tolist()):
        return f"the indices {indices.name} are not all between 0 and {size - 1}"
    return copy.refuse_walk(values, _offsets(graph, node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy by a table of indices; a call of td_gather where they are not known."""
    if graph.input(node, 1).data is None:
        values, indices = graph.input(node, 0), graph.input(node, 1)
        return at_run_time(graph, node, values, indices, _axis(graph, node))
    return copy.call(graph, node, 0, _offsets(graph, node))


def at_run_time(graph: Graph, node: Node, values: Tensor, indices: Tensor, axis: int) -> Call:
    """A call of td_gather."""
    return Call(
        node=node.index,
        kernel="td_gather",
        params=(
            ("outer", prod(values.shape[:axis])),
            ("size", values.shape[axis]),
            ("bytes", prod(values.shape[axis + 1 :]) * ITEM_BYTES[values.dtype]),
            ("count", indices.size),
        ),
        args=(
            Operand(values.index) if values.data is None else Const("table", values.data),
            Operand(indices.index),
            Operand(node.outputs[0], output=True),
        ),
        sources=shapes.sources("td_gather"),
    )


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
