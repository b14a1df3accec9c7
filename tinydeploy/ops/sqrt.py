"""SQRT of int8 and float32; TensorFlow Lite Micro has it for float32."""

from __future__ import annotations

import math

import numpy as np

from tinydeploy.fixedpoint import INT8_MAX, INT8_MIN
from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import lookup, single
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddSqrt"
dtypes = ("int8", "float32")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    is_float = graph.input(node, 0).dtype == "float32"
    return single.refuse(graph, node) if is_float else lookup.refuse(graph, node)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_sqrt_f32, or a table of the 256 answers, which TensorFlow Lite rounds down;
    what is negative counts as 0."""
    if graph.input(node, 0).dtype == "float32":
        return single.call(graph, node, "td_sqrt_f32")
    values, output = graph.input(node, 0), graph.output(node)

    def root(x: int) -> int:
        real = np.float32(values.scale) * np.float32(max(x - values.zero_point, 0))
        steps = np.sqrt(real) / np.float32(output.scale)
        return int(min(max(math.floor(steps) + output.zero_point, INT8_MIN), INT8_MAX))

    return lookup.lower(graph, node, root)
