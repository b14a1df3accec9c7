"""PAD with the zero point, and PADV2 with a given constant."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node, Operand, Param
from tinydeploy.ops import shapes
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddPad"

_DIMENSIONS = 4


def refuse(graph: Graph, node: Node, dtype: str = "int8") -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    reason = shapes.refuse_types((values, output), dtype)
    if reason:
        return reason
    if values.data is not None:
        return f"{values.name} is a constant"
    reason = refuse_amounts(graph, node)
    if reason:
        return reason
    if graph.has_input(node, 2):
        value = graph.input(node, 2)
        if value.data is None or value.size != 1:
            return f"the value {value.name} is not one constant"
        if value.scales != output.scales or value.zero_points != output.zero_points:
            return "the value's scale is not the output's"
    return ""


def refuse_amounts(graph: Graph, node: Node) -> str:
    """Why the amounts are not what the kernels take; empty when they are."""
    values, output, amounts = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    if amounts.data is None or amounts.size != 2 * len(values.shape):
        return f"the amounts {amounts.name} are not a constant pair for each dimension"
    if len(values.shape) > _DIMENSIONS:
        return f"padding of {len(values.shape)} dimensions"
    wanted = np.array(values.shape) + _amounts(graph, node).sum(axis=1)
    if int(_amounts(graph, node).min()) < 0 or output.shape != tuple(wanted.tolist()):
        return f"output shape {output.shape} does not follow from the amounts"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_pad_s8."""
    return call(graph, node, "td_pad_s8")


def call(graph: Graph, node: Node, kernel: str) -> Call:
    """A call of a padding kernel."""
    values, output = graph.input(node, 0), graph.output(node)
    value = output.zero_point
    if graph.has_input(node, 2):
        data = graph.input(node, 2).data
        assert data is not None
        value = int(data.reshape(-1)[0])
    return Call(
        node=node.index,
        kernel=kernel,
        params=(*layout(graph, node).items(), ("value", value)),
        args=(Operand(values.index), Operand(output.index, output=True)),
        sources=shapes.sources(kernel, "td_pad_body"),
    )


def layout(graph: Graph, node: Node) -> dict[str, Param]:
    """The input's shape and the amounts as kernel parameters, outermost first."""
    shape = graph.input(node, 0).shape
    before, after = (tuple(column.tolist()) for column in _amounts(graph, node).T)
    missing = _DIMENSIONS - len(shape)
    return {
        "shape": (1,) * missing + shape,
        "before": (0,) * missing + before,
        "after": (0,) * missing + after,
    }


def _amounts(graph: Graph, node: Node) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """[dimensions, 2]: before and after each."""
    data = graph.input(node, 1).data
    assert data is not None
    return data.astype(np.int64).reshape(-1, 2)
