"""ZEROS_LIKE: zero bytes, whatever the zero point."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddZerosLike"
dtypes = ("int8", "int32", "int64", "float32")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    output = graph.output(node)
    return "" if output.dtype in dtypes else f"of {output.dtype}"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy of an array of zeros."""
    output = graph.output(node)
    return copy.constant(graph, node, np.zeros(output.size, output.dtype))
