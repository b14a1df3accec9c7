"""`measure`: how many zeros and how many different values a model's int8 filters have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tinydeploy.graph import Call, Decoded, Graph

FILTERED = ("CONV_2D", "FULLY_CONNECTED")
"""Operators whose filters are pruned, clustered and coded; depthwise filters are left alone: they
are few, and each counts."""


_TABLES = ("book", "gap_counts", "gap_symbols", "weight_counts", "weight_symbols")


@dataclass(frozen=True)
class Weights:
    """One layer's filter: `size` int8 weights, of which `zeros` are zero, of `distinct` values."""

    node: int
    op: str
    name: str
    size: int
    zeros: int
    distinct: int

    @property
    def sparsity(self) -> float:
        """The share of zeros."""
        return self.zeros / self.size


def measure(graph: Graph) -> tuple[Weights, ...]:
    """The constant int8 filters of convolutions and Dense layers, in the order they run."""
    found = []
    for node in graph.nodes:
        filter_ = graph.input(node, 1) if node.op in FILTERED else None
        if filter_ is None or filter_.data is None or filter_.dtype != "int8":
            continue
        data = filter_.data
        zeros, distinct = int(np.count_nonzero(data == 0)), len(np.unique(data))
        found.append(Weights(node.index, node.op, node.name, data.size, zeros, distinct))
    return tuple(found)


@dataclass(frozen=True)
class Filter:
    """One layer's filter in flash: `flash_bytes`, with a code's tables, of `int8_bytes`. While the
    layer runs, `decoded_bytes` of its scratch memory hold the filter."""

    node: int
    int8_bytes: int
    flash_bytes: int
    coding: str
    decoded_bytes: int = 0


def in_flash(graph: Graph, calls: Sequence[Call]) -> tuple[Filter, ...]:
    """What the filters of the calls take. A filter that another layer has already takes nothing,
    and one that is padded or transformed for its kernel takes more than in int8."""
    found = []
    for call in calls:
        node = graph.nodes[call.node]
        filter_ = graph.input(node, 1) if node.op in (*FILTERED, "DEPTHWISE_CONV_2D") else None
        if filter_ is None or filter_.data is None or filter_.dtype != "int8":
            continue
        own = [c for c in call.constants if c.owner < 0 and c.name in ("filter", *_TABLES)]
        flash_bytes = sum(c.data.nbytes for c in own)
        coded = any(c.data.dtype == np.uint8 for c in own if c.name == "filter")
        code = filter_.coding if coded else ""
        found.append(Filter(call.node, filter_.size, flash_bytes, code, _decoded_bytes(call)))
    return tuple(found)


def _decoded_bytes(call: Call) -> int:
    """How large the filter is that is decoded before the call."""
    sizes = [dict(arg.by.params)["size"] for arg in call.args if isinstance(arg, Decoded)]
    return sum(size for size in sizes if isinstance(size, int))


def remarks(graph: Graph) -> list[str]:
    """The same for people: the whole model, then each layer; which layers were left alone."""
    layers = measure(graph)
    total, zeros = sum(w.size for w in layers), sum(w.zeros for w in layers)
    if not total:
        return []
    said = [f"int8 weights: {zeros / total:.1%} of {total:,} are zero"]
    said += [
        f"int8 weights of {w.name}: {w.sparsity:.1%} of {w.size:,} are zero, {w.distinct} values"
        for w in layers
    ]
    depthwise = sum(node.op == "DEPTHWISE_CONV_2D" for node in graph.nodes)
    if depthwise:
        said.append(f"{depthwise} depthwise layers are neither pruned nor clustered")
    return said
