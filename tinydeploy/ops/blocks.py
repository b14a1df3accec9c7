"""What SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND share: blocks over height, or height and width."""

from __future__ import annotations

from collections.abc import Sequence

from tinydeploy.graph import Graph, Node, Tensor
from tinydeploy.ops import copy


def refuse(graph: Graph, node: Node, dtypes: Sequence[str]) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    reason = copy.refuse(values, output, dtypes)
    if reason:
        return reason
    rank = len(values.shape)
    if rank not in (3, 4) or len(output.shape) != rank:
        return f"{values.name} has {rank} dimensions, not 3 or 4"
    for position, size in ((1, rank - 2), (2, 2 * rank - 4)):
        numbers = graph.input(node, position)
        if numbers.data is None or numbers.dtype != "int32" or numbers.size != size:
            return f"{numbers.name} is not constant int32 for each of {rank - 2} dimensions"
    return ""


def image(tensor: Tensor) -> tuple[int, ...]:
    """Batches, height, width and depth; a tensor of three dimensions is one column wide."""
    return tensor.shape if len(tensor.shape) == 4 else (*tensor.shape[:2], 1, tensor.shape[2])


def block(graph: Graph, node: Node) -> tuple[int, int]:
    """The block's height and width."""
    return _pair(graph, node, 1, step=1, fill=1)


def amounts(graph: Graph, node: Node) -> tuple[int, int]:
    """Rows above and columns left that are padded or cropped."""
    return _pair(graph, node, 2, step=2, fill=0)


def _pair(graph: Graph, node: Node, position: int, step: int, fill: int) -> tuple[int, int]:
    data = graph.input(node, position).data
    assert data is not None
    numbers = [int(i) for i in data.reshape(-1)[::step]] + [fill]
    return numbers[0], numbers[1]
