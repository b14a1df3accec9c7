"""LOGISTIC on int16."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops.int16 import sigmoid
from tinydeploy.ops.int16.sigmoid import refuse

__all__ = ["lower", "refuse"]


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_sigmoid_s16."""
    return sigmoid.call(graph, node, is_tanh=False)
