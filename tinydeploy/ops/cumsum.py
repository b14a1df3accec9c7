"""CUMSUM along a constant axis."""

from __future__ import annotations

from math import prod
from typing import Any

from tinydeploy.graph import Aim, Attrs, Call, Graph, Node, Operand, Param
from tinydeploy.ops import shapes
from tinydeploy.ops.add_n import sum_multiplier, sum_scaling
from tinydeploy.ops.relu import macs

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddCumSum"


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    if options is None:
        return {"exclusive": False, "reverse": False}
    return {"exclusive": bool(options.Exclusive()), "reverse": bool(options.Reverse())}


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values = graph.input(node, 0)
    reason = refuse_axis(graph, node) or shapes.refuse_types((values, graph.output(node)))
    if not reason and sum_multiplier(values, graph.output(node)) >= 1:
        return shapes.TOO_FINE
    return reason


def refuse_axis(graph: Graph, node: Node) -> str:
    """Why there is nothing to add up along a known axis; empty when there is."""
    values, axis = graph.input(node, 0), graph.input(node, 1)
    if values.data is not None:
        return f"{values.name} is a constant"
    if axis.data is None or axis.dtype != "int32" or axis.size != 1:
        return f"the axis {axis.name} is not one constant int32"
    rank = len(values.shape)
    if not -rank <= int(axis.data.reshape(-1)[0]) < rank:
        return f"the axis {axis.data.tolist()} is no dimension of {values.shape}"
    return ""


def walk(graph: Graph, node: Node) -> dict[str, Param]:
    """What is added up, as kernel parameters."""
    values, axes = graph.input(node, 0), graph.input(node, 1).data
    assert axes is not None
    axis = int(axes.reshape(-1)[0]) % len(values.shape)
    return {
        "outer": prod(values.shape[:axis]),
        "count": values.shape[axis],
        "inner": prod(values.shape[axis + 1 :]),
    }


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_cumsum_s8."""
    values, output = graph.input(node, 0), graph.output(node)
    multiplier, shift = sum_scaling(values, output)
    return Call(
        node=node.index,
        kernel="td_cumsum_s8",
        params=(
            *walk(graph, node).items(),
            ("multiplier", multiplier),
            ("shift", shift),
            ("exclusive", int(bool(node.attrs["exclusive"]))),
            ("reverse", int(bool(node.attrs["reverse"]))),
            ("input_offset", -values.zero_point),
            ("output_offset", output.zero_point),
        ),
        args=(Operand(values.index), Operand(output.index, output=True)),
        sources=shapes.sources("td_cumsum_s8", "td_fixedpoint"),
    )
