"""How two operands of an elementwise operator are broadcast to its output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinydeploy.arena import Step, pixels
from tinydeploy.graph import Arg, Const, Graph, Node, Operand, Param
from tinydeploy.ops import shapes

if TYPE_CHECKING:
    from tinydeploy.graph import Array

_DIMENSIONS = 4
_STEPS = 64  # how finely the walk is described to the memory planner


def refuse(graph: Graph, node: Node) -> str:
    """Why the operands cannot be broadcast by four strides each; empty when they can."""
    inputs, output = (graph.input(node, 0), graph.input(node, 1)), graph.output(node)
    reason = shapes.refuse_types((*inputs, output))
    if reason:
        return reason
    if all(tensor.data is not None for tensor in inputs):
        return "both inputs are constants"
    rank = len(output.shape)
    for tensor in inputs:
        aligned = zip(reversed(tensor.shape), reversed(output.shape), strict=False)
        if len(tensor.shape) > rank or any(i not in (1, o) for i, o in aligned):
            return f"shape {tensor.shape} does not broadcast to {output.shape}"
    if len(_runs(graph, node)) > _DIMENSIONS:
        return f"broadcasting over more than {_DIMENSIONS} dimensions"
    return ""


def layout(graph: Graph, node: Node) -> dict[str, Param]:
    """The output's shape and each input's strides as kernel parameters, outermost first."""
    runs = [(1, False, False)] * _DIMENSIONS + _runs(graph, node)
    runs = runs[-_DIMENSIONS:]
    return {
        "shape": tuple(size for size, _, _ in runs),
        "stride1": _strides([(size, one) for size, one, _ in runs]),
        "stride2": _strides([(size, two) for size, _, two in runs]),
    }


def args(graph: Graph, node: Node) -> tuple[Arg, ...]:
    """Both inputs, constants among them as such, and the output."""
    first, second = (graph.input(node, 0), graph.input(node, 1))
    return (
        _arg(first.index, first.data, "input1"),
        _arg(second.index, second.data, "input2"),
        Operand(node.outputs[0], output=True),
    )


def overlaps(graph: Graph, node: Node) -> tuple[tuple[int, tuple[Step, ...]], ...]:
    """How the output may lie over the second input; `in_place` tells it of the first."""
    second, output = graph.input(node, 1), graph.output(node)
    if second.data is not None or second.size != output.size:
        return ()
    block = max(1, output.size // _STEPS)
    return ((second.index, pixels(output.size, 1, 1, block=block)),)


def in_place(graph: Graph, node: Node) -> bool:
    """Whether the output may be the first input's memory."""
    first = graph.input(node, 0)
    return first.data is None and first.size == graph.output(node).size


def _arg(index: int, data: Array | None, name: str) -> Arg:
    return Operand(index) if data is None else Const(name, data)


def _runs(graph: Graph, node: Node) -> list[tuple[int, bool, bool]]:
    """Output dimensions as (size, in first input, in second input), like neighbours merged."""
    output = graph.output(node).shape
    padded = [
        (1,) * (len(output) - len(graph.input(node, i).shape)) + graph.input(node, i).shape
        for i in (0, 1)
    ]
    runs: list[tuple[int, bool, bool]] = []
    for size, one, two in zip(output, *padded, strict=True):
        if size == 1:
            continue
        if runs and runs[-1][1:] == (one > 1, two > 1):
            runs[-1] = (runs[-1][0] * size, one > 1, two > 1)
        else:
            runs.append((size, one > 1, two > 1))
    return runs


def _strides(dimensions: list[tuple[int, bool]]) -> tuple[int, ...]:
    strides = []
    step = 1
    for size, there in reversed(dimensions):
        strides.append(step if there else 0)
        step *= size if there else 1
    return tuple(reversed(strides))
