"""SUB on int16: ADD's kernel with the other sign."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops.int16 import add
from tinydeploy.ops.int16.add import refuse

__all__ = ["lower", "refuse"]


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_add_s16."""
    return add.call(graph, node, sign=-1)
