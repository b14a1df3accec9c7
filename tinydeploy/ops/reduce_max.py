"""REDUCE_MAX over constant axes."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node, Operand
from tinydeploy.ops import mean, shapes
from tinydeploy.ops.mean import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddReduceMax"


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    reason = mean.refuse(graph, node)
    return reason or shapes.refuse_scales((graph.input(node, 0),), graph.output(node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_reduce_max_s8."""
    return call(graph, node, flip=0)


def call(graph: Graph, node: Node, flip: int) -> Call:
    """A call of td_reduce_max_s8 for the maximum (flip 0) or the minimum (flip -1)."""
    return Call(
        node=node.index,
        kernel="td_reduce_max_s8",
        params=(*mean.walk(graph, node), ("flip", flip)),
        args=(Operand(node.inputs[0]), Operand(node.outputs[0], output=True)),
        sources=shapes.sources("td_reduce_max_s8"),
    )
