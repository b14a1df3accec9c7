"""ELU: exp(x) - 1 below zero, in float32 as the oracle makes its own table."""

from __future__ import annotations

import math

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import lookup
from tinydeploy.ops.lookup import refuse
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddElu"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers."""
    return lookup.of_reals(graph, node, _elu)


def _elu(x: np.float32) -> float:
    return float(np.float32(math.exp(x)) - np.float32(1)) if x < 0 else float(x)
