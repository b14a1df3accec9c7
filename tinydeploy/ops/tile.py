"""TILE by constant multiples, which TensorFlow Lite Micro has not."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = ""
dtypes = ("int8", "int16", "int32", "float32", "bool")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output, multiples = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    reason = copy.refuse(values, output, dtypes)
    if reason:
        return reason
    if multiples.data is None:
        return f"the multiples {multiples.name} are not constant"
    return copy.refuse_walk(values, _offsets(graph, node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy that takes elements again and again."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    own, whole = graph.input(node, 0).shape, graph.output(node).shape
    tables = []
    for size, total, step in zip(own, whole, copy.strides(own), strict=True):
        once = np.arange(size) * step
        tables += [np.zeros(total // size, np.int64), once]
    return tables
