"""How the operands of an elementwise operator are broadcast to its output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinydeploy.arena import Step, pixels
from tinydeploy.graph import ITEM_BYTES, Arg, Const, Graph, Node, Operand, Param, Tensor
from tinydeploy.ops import shapes

if TYPE_CHECKING:
    from tinydeploy.graph import Array

_DIMENSIONS = 4
_STEPS = 64  # how finely the walk is described to the memory planner


def refuse(graph: Graph, node: Node, dtype: str = "int8") -> str:
    """Why the quantized operands cannot be broadcast by four strides each; empty when they can."""
    inputs, output = [graph.tensor(i) for i in node.inputs], graph.output(node)
    return shapes.refuse_types((*inputs, output), dtype) or refuse_shapes(graph, node)


def refuse_shapes(graph: Graph, node: Node) -> str:
    """Why the operands' shapes cannot be broadcast by four strides each; empty when they can."""
    inputs, output = [graph.tensor(i) for i in node.inputs], graph.output(node)
    if all(tensor.data is not None for tensor in inputs):
        return f"{'both' if len(inputs) == 2 else 'all'} inputs are constants"
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
    runs = [(1, (False,) * len(node.inputs))] * _DIMENSIONS + _runs(graph, node)
    runs = runs[-_DIMENSIONS:]
    params: dict[str, Param] = {"shape": tuple(size for size, _ in runs)}
    for i in range(len(node.inputs)):
        params[f"stride{i + 1}"] = _strides([(size, there[i]) for size, there in runs])
    return params


def args(graph: Graph, node: Node) -> tuple[Arg, ...]:
    """The inputs, constants among them as such, and the output."""
    inputs = [graph.tensor(i) for i in node.inputs]
    operands = [_arg(t.index, t.data, f"input{i + 1}") for i, t in enumerate(inputs)]
    return (*operands, Operand(node.outputs[0], output=True))


def overlaps(graph: Graph, node: Node) -> tuple[tuple[int, tuple[Step, ...]], ...]:
    """How the output may lie over the other inputs; `in_place` tells it of the first."""
    output = graph.output(node)
    block = max(1, output.size // _STEPS)
    others = [graph.tensor(i) for i in node.inputs[1:]]
    return tuple(
        (tensor.index, pixels(output.size, *_item_bytes(tensor, output), block=block))
        for tensor in others
        if tensor.data is None and tensor.size == output.size
    )


def _item_bytes(*tensors: Tensor) -> tuple[int, ...]:
    return tuple(ITEM_BYTES[tensor.dtype] for tensor in tensors)


def in_place(graph: Graph, node: Node) -> bool:
    """Whether the output may be the first input's memory."""
    first, output = graph.input(node, 0), graph.output(node)
    return first.data is None and (first.size, first.bytes) == (output.size, output.bytes)


def _arg(index: int, data: Array | None, name: str) -> Arg:
    return Operand(index) if data is None else Const(name, data)


def _runs(graph: Graph, node: Node) -> list[tuple[int, tuple[bool, ...]]]:
    """Output dimensions as (size, whether each input has it), like neighbours merged."""
    output = graph.output(node).shape
    inputs = [graph.tensor(i).shape for i in node.inputs]
    padded = [(1,) * (len(output) - len(shape)) + shape for shape in inputs]
    runs: list[tuple[int, tuple[bool, ...]]] = []
    for size, *sizes in zip(output, *padded, strict=True):
        there = tuple(own > 1 for own in sizes)
        if size == 1:
            continue
        if runs and runs[-1][1] == there:
            runs[-1] = (runs[-1][0] * size, there)
        else:
            runs.append((size, there))
    return runs


def _strides(dimensions: list[tuple[int, bool]]) -> tuple[int, ...]:
    strides = []
    step = 1
    for size, there in reversed(dimensions):
        strides.append(step if there else 0)
        step *= size if there else 1
    return tuple(reversed(strides))
