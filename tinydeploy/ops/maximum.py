"""MAXIMUM of two tensors of one scale, with broadcasting."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import broadcast, shapes
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddMaximum"


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    output = graph.output(node)
    inputs = [graph.input(node, 0), graph.input(node, 1)]
    return broadcast.refuse(graph, node) or shapes.refuse_scales(inputs, output)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_maximum_s8."""
    return call(graph, node, flip=0)


def call(graph: Graph, node: Node, flip: int, kernel: str = "td_maximum_s8") -> Call:
    """A call of the kernel for the maximum (flip 0) or the minimum (flip -1)."""
    return Call(
        node=node.index,
        kernel=kernel,
        params=(*broadcast.layout(graph, node).items(), ("flip", flip)),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources(kernel, "td_broadcast_body", "td_broadcast"),
    )
