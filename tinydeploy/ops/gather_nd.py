"""GATHER_ND by constant indices."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddGatherNd"
dtypes = ("int8", "float32")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output, indices = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    reason = copy.refuse(values, output, dtypes)
    if reason:
        return reason
    if indices.data is None or indices.dtype != "int32":
        return f"the indices {indices.name} are not constant int32"
    places, sizes = indices.data.astype(np.int64), values.shape[: indices.shape[-1]]
    if not ((places >= 0) & (places < np.array(sizes))).all():
        return f"the indices {indices.name} are not all inside of {values.shape}"
    return copy.refuse_walk(values, _offsets(graph, node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy by a table of places."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    values, indices = graph.input(node, 0), graph.input(node, 1).data
    assert indices is not None
    depth = indices.shape[-1]
    steps = copy.strides(values.shape)
    places = indices.reshape(-1, depth).astype(np.int64) @ np.array(steps[:depth], np.int64)
    inner = zip(values.shape[depth:], steps[depth:], strict=True)
    return [places, *(np.arange(size) * step for size, step in inner)]
