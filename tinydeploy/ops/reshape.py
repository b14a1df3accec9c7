"""RESHAPE: the output is the input's memory under another shape."""

from __future__ import annotations

from typing import Any

from tinydeploy.graph import Aim, Attrs, Call, Graph, Node, Operand

resolver = "AddReshape"
dtypes = ("int8", "uint8", "int16", "int32", "float32", "bool")


def read(options: Any) -> Attrs:
    """Nothing: the output tensor has the shape, and old files have no options."""
    return {}


def macs(graph: Graph, node: Node) -> int:
    """None."""
    return 0


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    if values.data is not None:
        return f"{values.name} is a constant"
    if values.bytes != output.bytes:
        return f"input shape {values.shape} does not hold as much as output shape {output.shape}"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call without a kernel."""
    args = (Operand(node.inputs[0]), Operand(node.outputs[0], output=True))
    return Call(node=node.index, kernel="", params=(), args=args, in_place=True)
