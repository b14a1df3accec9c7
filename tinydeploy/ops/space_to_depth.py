"""SPACE_TO_DEPTH: blocks of pixels become channels."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinydeploy.graph import Aim, Attrs, Call, Graph, Node
from tinydeploy.ops import copy, shapes
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.relu import macs

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddSpaceToDepth"
dtypes = ("int8", "float32")


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {"block": int(options.BlockSize())}


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    reason = copy.refuse(values, output, dtypes)
    reason = reason or shapes.refuse_sizes(values, output)
    if not reason and values.size != output.size:
        reason = f"output shape {output.shape} does not follow from {values.shape}"
    return reason


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy by strides."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    """Of batch, block row, block column, and row, column and channel in the block."""
    batches, height, width, depth = graph.input(node, 0).shape
    block = node.attrs["block"]
    assert isinstance(block, int)
    row = width * depth
    return [
        np.arange(batches) * (height * row),
        np.arange(height // block) * (block * row),
        np.arange(width // block) * (block * depth),
        np.arange(block) * row,
        np.arange(block) * depth,
        np.arange(depth),
    ]
