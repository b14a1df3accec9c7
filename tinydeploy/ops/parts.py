"""Tensors that are the parts of another along one axis: joined by one kernel, cut by another, or
lying in the whole where it is dense, with nothing to do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinydeploy.graph import Call, Const, Graph, Inputs, Node, Operand, Outputs, Tensor
from tinydeploy.ops import shapes

_DTYPES = ("int8", "int16", "int32", "int64", "float32", "bool")
_ALIGNMENT = 4  # of every tensor in the arena


def refuse(whole: Tensor, parts: Sequence[Tensor]) -> str:
    """Why the tensors cannot be parts of one; empty when they can."""
    for tensor in parts:
        if tensor.dtype != whole.dtype or tensor.dtype not in _DTYPES:
            return f"from {tensor.dtype} to {whole.dtype}"
    reason = shapes.refuse_scales(parts, whole)
    if reason:
        return reason
    if sum(tensor.size for tensor in parts) != whole.size:
        return f"the parts have not as many elements as {whole.name}"
    return ""


def join(graph: Graph, node: Node, outer: int) -> Call:
    """A call of td_concatenation: the inputs, each of `outer` rows, become the output."""
    inputs, output = node.inputs, graph.output(node)
    tensors = [graph.tensor(i) for i in inputs]
    varying = all(tensor.data is None for tensor in tensors)
    operands = tuple(
        t.index if t.data is None else Const(f"input{i}", t.data) for i, t in enumerate(tensors)
    )
    return Call(
        node=node.index,
        kernel="td_concatenation",
        params=_params(graph, inputs, outer),
        args=(Inputs(operands), Operand(output.index, output=True)),
        insides=_insides(graph, output, inputs, outer) if varying else (),
        sources=shapes.sources("td_concatenation"),
    )


def cut(graph: Graph, node: Node, position: int, outer: int) -> Call:
    """A call of td_split: input `position`, of `outer` rows, becomes the outputs."""
    whole = graph.input(node, position)
    return Call(
        node=node.index,
        kernel="td_split",
        params=_params(graph, node.outputs, outer),
        args=(Operand(whole.index), Outputs(node.outputs)),
        insides=_insides(graph, whole, node.outputs, outer),
        sources=shapes.sources("td_split"),
    )


def _params(graph: Graph, parts: Sequence[int], outer: int) -> tuple[tuple[str, int | Const], ...]:
    sizes = np.array([graph.tensor(part).bytes // outer for part in parts], np.int32)
    return ("outer", outer), ("count", len(parts)), ("sizes", Const("sizes", sizes))


def _insides(
    graph: Graph, whole: Tensor, parts: Sequence[int], outer: int
) -> tuple[tuple[int, int, int], ...]:
    """Where each part lies in the whole; empty when some part's bytes do not follow each other, or
    would begin between words."""
    insides = []
    at = 0
    for part in parts:
        insides.append((part, whole.index, at))
        at += graph.tensor(part).bytes
    aligned = all(offset % _ALIGNMENT == 0 for _, _, offset in insides)
    return tuple(insides) if outer == 1 and aligned else ()
