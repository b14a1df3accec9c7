"""BROADCAST_TO a constant shape."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddBroadcastTo"
dtypes = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output, shape = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    reason = copy.refuse(values, output, dtypes)
    if reason:
        return reason
    if shape.data is None:
        return f"the shape {shape.name} is not a constant"
    own = (1,) * (len(output.shape) - len(values.shape)) + values.shape
    if any(size not in (1, whole) for size, whole in zip(own, output.shape, strict=True)):
        return f"shape {values.shape} does not broadcast to {output.shape}"
    return copy.refuse_walk(values, _offsets(graph, node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy that takes elements again and again."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    own, whole = graph.input(node, 0).shape, graph.output(node).shape
    own = (1,) * (len(whole) - len(own)) + own
    return [
        np.arange(size) * (step if mine > 1 else 0)
        for size, mine, step in zip(whole, own, copy.strides(own), strict=True)
    ]
