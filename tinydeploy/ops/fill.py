"""FILL: a tensor of one value."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddFill"
dtypes = ("int8", "int32", "float32")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    dims, value, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    if dims.data is None:
        return f"the dimensions {dims.name} are not constant"
    if value.dtype != output.dtype or value.dtype not in dtypes:
        return f"from {value.dtype} to {output.dtype}"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy that takes the value again and again, or of an array that holds it."""
    value, output = graph.input(node, 1), graph.output(node)
    if value.data is None:
        return copy.call(graph, node, 1, [np.zeros(output.size, np.int64)])
    return copy.constant(graph, node, np.broadcast_to(value.data.reshape(-1), (output.size,)))
