"""Operators that only move elements: a walk over the input by strides or by tables of offsets.

An operator tells, for each dimension of its output, where the elements of each index lie in the
input; the sum over the dimensions is an element's place. Dimensions that are one walk are merged;
what strides can tell needs no table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tinydeploy.graph import ITEM_BYTES, Call, Const, Graph, Node, Operand, Tensor
from tinydeploy.ops import shapes

if TYPE_CHECKING:
    from tinydeploy.graph import Array

Offsets: TypeAlias = NDArray[np.int64]
"""Where the elements of each index of one dimension lie."""

_STRIDES, _TABLES = 5, 4  # dimensions that the kernels walk


@dataclass(frozen=True, eq=False)
class _Walk:
    """`run` bytes at `first` plus a byte offset of each dimension, which all begin at 0."""

    first: int
    run: int
    dimensions: tuple[Offsets, ...]


def refuse(
    values: Tensor, output: Tensor, dtypes: Sequence[str] = ("int8", "int16", "float32")
) -> str:
    """Why the tensors cannot be moved from one to the other; empty when they can."""
    if values.dtype != output.dtype or values.dtype not in dtypes:
        return f"from {values.dtype} to {output.dtype}"
    if values.data is not None:
        return f"{values.name} is a constant"
    return ""


def refuse_walk(values: Tensor, offsets: Sequence[Offsets]) -> str:
    """Why the kernels cannot walk so; empty when they can."""
    walk = _walk(values, offsets)
    most = _STRIDES if all(map(_is_even, walk.dimensions)) else _TABLES
    return f"elements are moved along more than {most} dimensions" * (len(walk.dimensions) > most)


def call(graph: Graph, node: Node, position: int, offsets: Sequence[Offsets]) -> Call:
    """The copy of input `position` to the output; `offsets` in elements, for each dimension of the
    output. A call without a kernel where the output is the input, or lies in it."""
    values, output = graph.input(node, position), graph.output(node)
    walk = _walk(values, offsets)
    args = (Operand(values.index), Operand(output.index, output=True))
    dense = not walk.dimensions
    if dense and output.bytes == values.bytes:
        return Call(node=node.index, kernel="", params=(), args=args, in_place=True)
    if all(map(_is_even, walk.dimensions)):
        sizes = [len(dimension) for dimension in walk.dimensions]
        strides = [int(dimension[1]) for dimension in walk.dimensions]
        missing = _STRIDES - len(sizes)
        return Call(
            node=node.index,
            kernel="td_copy_strided",
            params=(
                ("shape", (*[1] * missing, *sizes)),
                ("stride", (*[0] * missing, *strides)),
                ("first", walk.first),
                ("run", walk.run),
            ),
            args=args,
            insides=((output.index, values.index, walk.first),) if dense else (),
            sources=shapes.sources("td_copy_strided"),
        )
    tables = [np.zeros(1, np.int64)] * (_TABLES - len(walk.dimensions)) + list(walk.dimensions)
    tables[0] = tables[0] + walk.first
    return Call(
        node=node.index,
        kernel="td_copy_indexed",
        params=(
            ("shape", tuple(len(table) for table in tables)),
            ("run", walk.run),
            ("offsets", Const("offsets", np.concatenate(tables).astype(np.int32))),
        ),
        args=args,
        sources=shapes.sources("td_copy_indexed"),
    )


def whole(graph: Graph, node: Node) -> Call:
    """The copy of the first input to the output, which stays another tensor."""
    return _run(graph, node, Operand(node.inputs[0]))


def constant(graph: Graph, node: Node, data: Array) -> Call:
    """The copy of an array in flash to the output."""
    return _run(graph, node, Const("value", data))


def _run(graph: Graph, node: Node, source: Operand | Const) -> Call:
    return Call(
        node=node.index,
        kernel="td_copy_strided",
        params=(
            ("shape", (1,) * _STRIDES),
            ("stride", (0,) * _STRIDES),
            ("first", 0),
            ("run", graph.output(node).bytes),
        ),
        args=(source, Operand(node.outputs[0], output=True)),
        sources=shapes.sources("td_copy_strided"),
    )


def strides(shape: Sequence[int]) -> tuple[int, ...]:
    """Elements from one index of each dimension to the next in a dense tensor."""
    steps = [1]
    for size in reversed(shape[1:]):
        steps.append(steps[-1] * size)
    return tuple(reversed(steps[: len(shape)]))


def _walk(values: Tensor, offsets: Sequence[Offsets]) -> _Walk:
    run = ITEM_BYTES[values.dtype]
    first = run * int(sum(int(table[0]) for table in offsets))
    merged: list[Offsets] = []
    for table in reversed([run * (table - table[0]) for table in offsets if len(table) > 1]):
        if not merged and _is_even(table) and table[1] == run:
            run *= len(table)
        elif merged and all(map(_is_even, (table, merged[0]))) and _follows(table, merged[0]):
            merged[0] = np.add.outer(table, merged[0]).reshape(-1)
        else:
            merged.insert(0, table)
    return _Walk(first, run, tuple(merged))


def _is_even(table: Offsets) -> bool:
    return bool((np.diff(table) == table[1] - table[0]).all())


def _follows(outer: Offsets, inner: Offsets) -> bool:
    """Whether an outer step leads just behind the last inner one."""
    return bool(outer[1] == len(inner) * inner[1])
