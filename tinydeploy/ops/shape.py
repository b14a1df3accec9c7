"""SHAPE, which is known before run time."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddShape"
dtypes = ("int8", "uint8", "int16", "int32", "float32", "bool")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    output = graph.output(node)
    return "" if output.dtype == "int32" else f"{output.name} is {output.dtype}, not int32"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy of the dimensions."""
    return copy.constant(graph, node, np.array(graph.input(node, 0).shape, np.int32))
