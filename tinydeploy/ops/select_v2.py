"""SELECT_V2 between two tensors of one scale by a condition, with broadcasting."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import broadcast, shapes
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddSelectV2"


def refuse(graph: Graph, node: Node, dtype: str = "int8") -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    condition, output = graph.input(node, 0), graph.output(node)
    choices = [graph.input(node, 1), graph.input(node, 2)]
    if condition.dtype != "bool":
        return f"{condition.name} is {condition.dtype}, not bool"
    return (
        shapes.refuse_types((*choices, output), dtype)
        or shapes.refuse_scales(choices, output)
        or broadcast.refuse_shapes(graph, node)
    )


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_select_s8."""
    return call(graph, node, "td_select_s8")


def call(graph: Graph, node: Node, kernel: str) -> Call:
    """A call of a selecting kernel."""
    return Call(
        node=node.index,
        kernel=kernel,
        params=tuple(broadcast.layout(graph, node).items()),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources(kernel, "td_select_body", "td_broadcast"),
    )
