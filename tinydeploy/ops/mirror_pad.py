"""MIRROR_PAD, with or without the edge itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import tflite

from tinydeploy.graph import Aim, Attrs, Call, Graph, Node
from tinydeploy.ops import copy
from tinydeploy.ops.copy import Offsets
from tinydeploy.ops.relu import macs

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddMirrorPad"
dtypes = ("int8", "float32")


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {"reflect": bool(options.Mode() == tflite.MirrorPadMode.REFLECT)}


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output, amounts = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    reason = copy.refuse(values, output, dtypes)
    if reason:
        return reason
    if amounts.data is None or amounts.size != 2 * len(values.shape):
        return f"the amounts {amounts.name} are not a constant pair for each dimension"
    pairs = amounts.data.reshape(-1, 2).tolist()
    for (before, after), size in zip(pairs, values.shape, strict=True):
        if min(before, after) < 0 or max(before, after) > size - bool(node.attrs["reflect"]):
            return f"the amounts {pairs} are more than {values.shape} mirrors"
    return copy.refuse_walk(values, _offsets(graph, node))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A copy by tables of indices."""
    return copy.call(graph, node, 0, _offsets(graph, node))


def _offsets(graph: Graph, node: Node) -> list[Offsets]:
    values, amounts = graph.input(node, 0), graph.input(node, 1).data
    assert amounts is not None
    pairs = amounts.reshape(-1, 2).tolist()
    steps = copy.strides(values.shape)
    shift = 0 if node.attrs["reflect"] else 1  # whether the edge itself is there twice
    tables = []
    for size, (before, after), step in zip(values.shape, pairs, steps, strict=True):
        places = np.arange(-before, size + after)
        places = np.where(places < 0, -shift - places, places)
        last = size - 1
        tables.append(np.where(places > last, 2 * last + shift - places, places) * step)
    return tables
