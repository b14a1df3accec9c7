"""BROADCAST_ARGS: the shape that two constant shapes broadcast to."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddBroadcastArgs"
dtypes = ("int32",)


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    for tensor in (graph.input(node, 0), graph.input(node, 1)):
        if tensor.data is None:
            return f"the shape {tensor.name} is not constant: give the model a fixed input shape"
        if tensor.dtype not in dtypes:
            return f"{tensor.name} is {tensor.dtype}, not int32"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy of the shape."""
    shapes = [graph.input(node, i).data for i in (0, 1)]
    dims = [tuple(data.reshape(-1).tolist()) for data in shapes if data is not None]
    return copy.constant(graph, node, np.array(np.broadcast_shapes(*dims), np.int32))
