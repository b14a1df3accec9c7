"""TRANSPOSE of any order."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddTranspose"
dtypes = ("int8", "int16", "float32")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output, order = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    reason = copy.refuse(values, output)
    if reason:
        return reason
    if order.data is None or order.dtype != "int32":
        return f"the order {order.name} is not constant int32"
    rank = len(values.shape)
    if sorted(i % rank for i in order.data.reshape(-1).tolist()) != list(range(rank)):
        return f"the order {order.data.tolist()} is not one of {rank} dimensions"
    return copy.refuse_walk(values, _offsets(graph, node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy by strides; nothing when only dimensions of size 1 move."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    values, order = graph.input(node, 0), graph.input(node, 1).data
    assert order is not None
    steps = copy.strides(values.shape)
    return [np.arange(values.shape[i]) * steps[i] for i in order.reshape(-1).tolist()]
