"""BATCH_MATMUL of two tensors, each transposed or not, their batches broadcast."""

from __future__ import annotations

from typing import Any

from tinydeploy.fixedpoint import quantize_multiplier
from tinydeploy.graph import Aim, Arg, Attrs, Call, Const, Graph, Node, Operand, Param, Tensor
from tinydeploy.ops import copy, shapes

resolver = "AddBatchMatMul"

_BATCH_DIMENSIONS = 3
_DEPTH_MAX = 2**15  # products of two numbers of 9 bits that fit 32 bits


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {"transposed": (int(options.AdjX()), int(options.AdjY()))}


def macs(graph: Graph, node: Node) -> int:
    """Output elements times the length of a row."""
    return graph.output(node).size * _matrix(graph, node, 0)[1]


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    reason = shapes.refuse_types((first, second, output))
    return reason or refuse_shapes(graph, node)


def refuse_shapes(graph: Graph, node: Node) -> str:
    """Why the matrices do not fit each other or the kernels; empty when they do."""
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    if first.data is not None and second.data is not None:
        return "both inputs are constants"
    ranks = [len(tensor.shape) for tensor in (first, second, output)]
    if min(ranks) < 2 or max(ranks) > 2 + _BATCH_DIMENSIONS:
        return f"matrices of {ranks} dimensions"
    (rows, depth), (other, columns) = _matrix(graph, node, 0), _matrix(graph, node, 1)
    if depth != other or output.shape[-2:] != (rows, columns):
        return f"shapes {first.shape} and {second.shape} do not multiply to {output.shape}"
    if depth >= _DEPTH_MAX:
        return "so many products are summed that 32 bits overflow"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_batch_matmul_s8."""
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    multiplier, shift = quantize_multiplier(first.scale * second.scale / output.scale)
    params: dict[str, Param] = {
        **geometry(graph, node),
        "multiplier": multiplier,
        "shift": shift,
        "offset1": -first.zero_point,
        "offset2": -second.zero_point,
        "output_offset": output.zero_point,
    }
    return Call(
        node=node.index,
        kernel="td_batch_matmul_s8",
        params=tuple(params.items()),
        args=args(graph, node),
        sources=shapes.sources("td_batch_matmul_s8", "td_fixedpoint"),
    )


def geometry(graph: Graph, node: Node) -> dict[str, Param]:
    """Sizes and strides as the kernels' parameters."""
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    transposed = node.attrs["transposed"]
    assert isinstance(transposed, tuple)
    steps = []  # (row stride, column stride) of each operand as it is multiplied
    for tensor, swapped in zip((first, second), transposed, strict=True):
        pair = (tensor.shape[-1], 1)
        steps.append(pair[::-1] if swapped else pair)
    batches = (1,) * _BATCH_DIMENSIONS + output.shape[:-2]
    return {
        "shape": batches[-_BATCH_DIMENSIONS:],
        "batch1": _batch_strides(first),
        "batch2": _batch_strides(second),
        "rows": output.shape[-2],
        "columns": output.shape[-1],
        "depth": _matrix(graph, node, 0)[1],
        "row_stride1": steps[0][0],
        "column_stride1": steps[0][1],
        "row_stride2": steps[1][0],
        "column_stride2": steps[1][1],
    }


def args(graph: Graph, node: Node) -> tuple[Arg, ...]:
    """Both operands, constants as such, and the output."""
    first, second = graph.input(node, 0), graph.input(node, 1)
    output = Operand(node.outputs[0], output=True)
    return (_arg(first, "input1"), _arg(second, "input2"), output)


def _matrix(graph: Graph, node: Node, position: int) -> tuple[int, int]:
    """Rows and columns of an operand as it is multiplied."""
    rows, columns = graph.input(node, position).shape[-2:]
    transposed = node.attrs["transposed"]
    assert isinstance(transposed, tuple)
    return (columns, rows) if transposed[position] else (rows, columns)


def _batch_strides(tensor: Tensor) -> tuple[int, ...]:
    shape = (1,) * (_BATCH_DIMENSIONS + 2 - len(tensor.shape)) + tensor.shape
    steps = copy.strides(shape)[:_BATCH_DIMENSIONS]
    return tuple(step if size > 1 else 0 for size, step in zip(shape, steps, strict=False))


def _arg(tensor: Tensor, name: str) -> Arg:
    return Operand(tensor.index) if tensor.data is None else Const(name, tensor.data)
