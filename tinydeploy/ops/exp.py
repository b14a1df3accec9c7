"""EXP, to int8; TensorFlow Lite Micro has it for float32."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import lookup
from tinydeploy.ops.lookup import refuse
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddExp"

_MOST = np.float32(80)  # beyond which every output is saturated


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers."""
    return lookup.of_reals(graph, node, lambda x: float(np.exp(np.float64(min(x, _MOST)))))
