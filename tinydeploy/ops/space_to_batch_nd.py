"""SPACE_TO_BATCH_ND without padding: every n-th row and column become a batch of images.

TensorFlow Lite Micro reads the value of its padding from memory that it never wrote
(`SpaceToBatchParams::output_offset`), so that there is no right answer to prove.
"""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import blocks, copy
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddSpaceToBatchNd"
dtypes = ("int8", "float32")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    reason = blocks.refuse(graph, node, dtypes)
    if reason:
        return reason
    if values.size != output.size or any(blocks.amounts(graph, node)):
        return "padding, whose value TensorFlow Lite Micro leaves undefined"
    return copy.refuse_walk(values, _offsets(graph, node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy by strides."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    """Of row and column in the block, batch, block row, block column and channel."""
    batches, height, width, depth = blocks.image(graph.input(node, 0))
    rows, columns = blocks.block(graph, node)
    return [
        np.arange(rows) * (width * depth),
        np.arange(columns) * depth,
        np.arange(batches) * (height * width * depth),
        np.arange(height // rows) * (rows * width * depth),
        np.arange(width // columns) * (columns * depth),
        np.arange(depth),
    ]
