"""ARG_MAX along a constant axis, to int32."""

from __future__ import annotations

from math import prod

from tinydeploy.graph import Aim, Call, Graph, Node, Operand
from tinydeploy.ops import shapes
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddArgMax"


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output, axis = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    if output.dtype != "int32":
        return f"{output.name} is {output.dtype}, not int32"
    if values.data is not None:
        return f"{values.name} is a constant"
    if axis.data is None or axis.dtype != "int32" or axis.size != 1:
        return f"the axis {axis.name} is not one constant int32"
    return shapes.refuse_types((values,))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_arg_max_s8."""
    return call(graph, node, flip=0)


def call(graph: Graph, node: Node, flip: int) -> Call:
    """A call of td_arg_max_s8 for the largest (flip 0) or the smallest (flip -1) element."""
    shape, data = graph.input(node, 0).shape, graph.input(node, 1).data
    assert data is not None
    axis = int(data.reshape(-1)[0]) % len(shape)
    return Call(
        node=node.index,
        kernel="td_arg_max_s8",
        params=(
            ("outer", prod(shape[:axis])),
            ("count", shape[axis]),
            ("inner", prod(shape[axis + 1 :])),
            ("flip", flip),
        ),
        args=(Operand(node.inputs[0]), Operand(node.outputs[0], output=True)),
        sources=shapes.sources("td_arg_max_s8"),
    )
