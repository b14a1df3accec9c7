"""RESIZE_NEAREST_NEIGHBOR: a copy by tables of rows and columns."""

from __future__ import annotations

import numpy as np

from tinydeploy.fixedpoint import round_half_away
from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import copy, shapes
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.resize_bilinear import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddResizeNearestNeighbor"
dtypes = ("int8", "int16", "float32")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    image, output = graph.input(node, 0), graph.output(node)
    reason = copy.refuse(image, output) or shapes.refuse_sizes(image, output)
    if not reason and (image.shape[0], image.shape[3]) != (output.shape[0], output.shape[3]):
        reason = f"output shape {output.shape} does not follow from {image.shape}"
    return reason


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy by tables."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    image, output = graph.input(node, 0), graph.output(node)
    batches, height, width, channels = image.shape
    rows = np.array(_nearest(node, height, output.shape[1]), np.int64)
    columns = np.array(_nearest(node, width, output.shape[2]), np.int64)
    return [
        np.arange(batches) * (height * width * channels),
        rows * (width * channels),
        columns * channels,
        np.arange(channels),
    ]


def _nearest(node: Node, size: int, output_size: int) -> list[int]:
    """The input index of each output index; in float32, as in the oracle."""
    corners = bool(node.attrs["corners"])
    inner = 1 if corners and output_size > 1 else 0
    scale = np.float32(size - inner) / np.float32(output_size - inner)
    offset = np.float32(0.5 if node.attrs["centers"] else 0)
    places = [float((np.float32(i) + offset) * scale) for i in range(output_size)]
    indices = [int(round_half_away(place)) if corners else int(place) for place in places]
    return [min(index, size - 1) for index in indices]
