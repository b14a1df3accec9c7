"""REDUCE_ALL: whether conditions hold everywhere along constant axes."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node, Operand
from tinydeploy.ops import mean, shapes
from tinydeploy.ops.mean import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddReduceAll"
dtypes = ("bool",)


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    for tensor in (values, output):
        if tensor.dtype != "bool":
            return f"{tensor.name} is {tensor.dtype}, not bool"
    return mean.refuse_axes(graph, node)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_reduce_all_u8."""
    return Call(
        node=node.index,
        kernel="td_reduce_all_u8",
        params=mean.walk(graph, node),
        args=(Operand(node.inputs[0]), Operand(node.outputs[0], output=True)),
        sources=shapes.sources("td_reduce_all_u8"),
    )
