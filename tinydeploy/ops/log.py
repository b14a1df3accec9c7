"""LOG, to int8; TensorFlow Lite Micro has it for float32."""

from __future__ import annotations

import math

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import lookup
from tinydeploy.ops.lookup import refuse
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddLog"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers; what has no logarithm gets the lowest."""
    return lookup.of_reals(graph, node, lambda x: math.log(x) if x > 0 else -math.inf)
