"""CONCATENATION of tensors that share scale and zero point."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from tinydeploy.graph import Attrs, Call, Const, Graph, Inputs, Node, Operand
from tinydeploy.ops import shapes
from tinydeploy.ops.relu import macs

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddConcatenation"


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {"axis": int(options.Axis()), "activation": shapes.activation_name(options)}


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    output = graph.output(node)
    inputs = [graph.tensor(i) for i in node.inputs]
    reason = shapes.refuse_types((*inputs, output))
    if reason:
        return reason
    if node.attrs["activation"] != "NONE":
        return f"fused activation {node.attrs['activation']}"
    for tensor in inputs:
        if tensor.data is not None:
            return f"{tensor.name} is a constant"
        if tensor.scales != output.scales or tensor.zero_points != output.zero_points:
            return f"{tensor.name} has another scale than the output"
    return ""


def lower(graph: Graph, node: Node, optimize: str) -> Call:
    """A call of td_concatenation_s8."""
    output = graph.output(node)
    axis = node.attrs["axis"]
    assert isinstance(axis, int)
    outer = prod(output.shape[: axis % len(output.shape)])
    sizes = [graph.tensor(i).size // outer for i in node.inputs]
    return Call(
        node=node.index,
        kernel="td_concatenation_s8",
        params=(
            ("outer", outer),
            ("count", len(sizes)),
            ("sizes", Const("sizes", np.array(sizes, np.int32))),
        ),
        args=(Inputs(node.inputs), Operand(output.index, output=True)),
        sources=shapes.sources("td_concatenation_s8"),
    )
