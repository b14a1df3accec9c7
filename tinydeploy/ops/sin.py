"""SIN of float32: sine."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import single
from tinydeploy.ops.relu import macs, read
from tinydeploy.ops.single import refuse

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddSin"
dtypes = ("float32",)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_sin_f32."""
    return single.call(graph, node, "td_sin_f32")
