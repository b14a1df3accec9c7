"""SPLIT_V: parts of given sizes along a constant axis."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import split
from tinydeploy.ops.relu import macs, read
from tinydeploy.ops.split import dtypes

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddSplitV"

_VALUES, _AXIS = 0, 2


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    return split.refuse_parts(graph, node, _VALUES, _AXIS)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_split; nothing when the outputs can lie in the input."""
    return split.cut(graph, node, _VALUES, _AXIS)
