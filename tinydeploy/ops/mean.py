"""MEAN over constant axes."""

from __future__ import annotations

from math import prod

from tinydeploy.fixedpoint import quantize_multiplier
from tinydeploy.graph import Aim, Call, Graph, Node, Operand, Param
from tinydeploy.ops import shapes
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddMean"

_DIMENSIONS = 2  # of each kind, after like neighbours are merged
# Elements whose sum of differences to a zero point fits 32 bits.
_COUNT_MAX = {"int8": 2**23, "int16": 2**15}


def refuse(graph: Graph, node: Node, dtype: str = "int8") -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    reason = shapes.refuse_types((graph.input(node, 0), graph.output(node)), dtype)
    return reason or refuse_axes(graph, node, _COUNT_MAX[dtype])


def refuse_axes(graph: Graph, node: Node, most: int = 2**31) -> str:
    """Why the kernels cannot reduce along the node's axes, fewer than `most` elements each; empty
    when they can."""
    values, axes = graph.input(node, 0), graph.input(node, 1)
    if values.data is not None:
        return f"{values.name} is a constant"
    if axes.data is None or axes.dtype != "int32":
        return f"the axes {axes.name} are not constant int32"
    rank = len(values.shape)
    if any(not -rank <= axis < rank for axis in axes.data.reshape(-1).tolist()):
        return f"the axes {axes.data.tolist()} are not dimensions of {values.shape}"
    kept, reduced = _runs(graph, node)
    if max(len(kept), len(reduced)) > _DIMENSIONS:
        return f"more than {_DIMENSIONS} separate groups of axes"
    if prod(size for size, _ in reduced) >= most:
        return "so many elements are summed that 32 bits overflow"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_mean_s8."""
    return call(graph, node, "td_mean_s8", "td_dsp_dw")


def call(graph: Graph, node: Node, kernel: str, *headers: str) -> Call:
    """A call of a mean kernel; its multiplier holds one over the count, cut off as the oracle's."""
    values, output = graph.input(node, 0), graph.output(node)
    summed = count(graph, node)
    multiplier, shift = quantize_multiplier(values.scale / output.scale)
    spare = min(summed.bit_length() - 1, 32, 31 + shift)
    return Call(
        node=node.index,
        kernel=kernel,
        params=(
            *walk(graph, node),
            ("sum_offset", -values.zero_point * summed),
            ("multiplier", (multiplier << spare) // summed),
            ("shift", shift - spare),
            ("output_offset", output.zero_point),
        ),
        args=(Operand(values.index), Operand(output.index, output=True)),
        sources=shapes.sources(kernel, "td_fixedpoint", *headers),
    )


def count(graph: Graph, node: Node) -> int:
    """Elements that each output element is made of."""
    return prod(size for size, _ in _runs(graph, node)[1])


def walk(graph: Graph, node: Node) -> tuple[tuple[str, Param], ...]:
    """The kept and the reduced dimensions as parameters of the reducing kernels."""
    kept, reduced = ([(1, 0)] * (_DIMENSIONS - len(r)) + r for r in _runs(graph, node))
    return (
        ("kept", tuple(size for size, _ in kept)),
        ("kept_stride", tuple(stride for _, stride in kept)),
        ("reduced", tuple(size for size, _ in reduced)),
        ("reduced_stride", tuple(stride for _, stride in reduced)),
    )


def _runs(graph: Graph, node: Node) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Kept and reduced dimensions as (size, stride), outermost first, like neighbours merged."""
    values = graph.input(node, 0)
    data = graph.input(node, 1).data
    assert data is not None
    axes = {axis % len(values.shape) for axis in data.reshape(-1).tolist()}
    runs: list[tuple[bool, int, int]] = []
    stride = 1
    for axis in reversed(range(len(values.shape))):
        size = values.shape[axis]
        if size > 1:
            if runs and runs[-1][0] == (axis in axes):
                runs[-1] = (axis in axes, runs[-1][1] * size, runs[-1][2])
            else:
                runs.append((axis in axes, size, stride))
        stride *= size
    ordered = runs[::-1]
    kept = [(size, step) for is_reduced, size, step in ordered if not is_reduced]
    return kept, [(size, step) for is_reduced, size, step in ordered if is_reduced]
