"""GELU, which TensorFlow Lite Micro has not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinydeploy.graph import Aim, Attrs, Call, Graph, Node
from tinydeploy.ops import lookup
from tinydeploy.ops.lookup import refuse
from tinydeploy.ops.relu import macs

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = ""


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {"approximate": options is not None and bool(options.Approximate())}


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers."""
    return lookup.of_reals(graph, node, _by_tanh if node.attrs["approximate"] else _by_erf)


def _by_erf(x: np.float32) -> float:
    real = float(x)
    return 0.5 * real * (1 + math.erf(real * math.sqrt(0.5)))


def _by_tanh(x: np.float32) -> float:
    real = float(x)
    return 0.5 * real * (1 + math.tanh(math.sqrt(2 / math.pi) * (real + 0.044715 * real**3)))
