"""BATCH_TO_SPACE_ND: a batch of images becomes one image of their rows and columns, cropped."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import blocks, copy
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddBatchToSpaceNd"
dtypes = ("int8", "float32")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    reason = blocks.refuse(graph, node, dtypes)
    return reason or copy.refuse_walk(graph.input(node, 0), _offsets(graph, node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy by tables of rows and columns."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    """Of batch, row, column and channel."""
    values, output = graph.input(node, 0), graph.output(node)
    _, height, width, depth = blocks.image(values)
    batches, *sizes, _ = blocks.image(output)
    block, crops = blocks.block(graph, node), blocks.amounts(graph, node)
    batch = height * width * depth
    inside = []  # image of the block and pixel in it, for each output row and column
    for axis in (0, 1):
        inside.append(np.divmod(np.arange(sizes[axis]) + crops[axis], block[axis]))
    return [
        np.arange(batches) * batch,
        inside[0][1] * (block[1] * batches * batch) + inside[0][0] * (width * depth),
        inside[1][1] * (batches * batch) + inside[1][0] * depth,
        np.arange(depth),
    ]
