"""SUB: ADD's kernel with the other sign.

The multipliers are ADD's, in float64, as in the oracle; TensorFlow Lite Micro before autumn 2026
takes SUB's in float32, where a result may differ by one.
"""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import add
from tinydeploy.ops.add import macs, read, refuse

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddSub"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_add_s8."""
    return add.call(graph, node, sign=-1)
