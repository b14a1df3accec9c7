"""DEPTH_TO_SPACE: channels become blocks of pixels."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.space_to_depth import dtypes, macs, read, refuse

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddDepthToSpace"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy by strides."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    """Of batch, input row, row in the block, input column, column in the block and channel."""
    batches, height, width, depth = graph.input(node, 0).shape
    block = node.attrs["block"]
    assert isinstance(block, int)
    left = depth // block // block
    return [
        np.arange(batches) * (height * width * depth),
        np.arange(height) * (width * depth),
        np.arange(block) * (block * left),
        np.arange(width) * depth,
        np.arange(block) * left,
        np.arange(left),
    ]
