"""Operators on single float32 elements whose result is exact to the last bit."""

from __future__ import annotations

from tinydeploy.graph import Call, Graph, Node, Operand
from tinydeploy.ops import shapes


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    for tensor in (values, output):
        if tensor.dtype != "float32":
            return f"{tensor.name} is {tensor.dtype}, which TensorFlow Lite Micro refuses here"
    return f"{values.name} is a constant" if values.data is not None else ""


def call(graph: Graph, node: Node, kernel: str) -> Call:
    """A call of an elementwise kernel."""
    return Call(
        node=node.index,
        kernel=kernel,
        params=(("size", graph.output(node).size),),
        args=(Operand(node.inputs[0]), Operand(node.outputs[0], output=True)),
        in_place=True,
        sources=shapes.sources(kernel),
    )
