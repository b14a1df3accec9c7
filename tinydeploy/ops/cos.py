"""COS of float32: cosine."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import single
from tinydeploy.ops.relu import macs, read
from tinydeploy.ops.single import refuse

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddCos"
dtypes = ("float32",)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_cos_f32."""
    return single.call(graph, node, "td_cos_f32")
