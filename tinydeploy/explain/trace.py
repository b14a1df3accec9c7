"""`trace`: real samples run through a model, and through its float original, tensor by tensor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.accuracy import quantize_input
from tinydeploy.explain.values import CODES, from_bytes, is_quantized, real
from tinydeploy.graph import Graph, Tensor
from tinydeploy.oracle import Oracle

if TYPE_CHECKING:
    from tinydeploy.explain.values import Doubles
    from tinydeploy.graph import Array
    from tinydeploy.inputs import Samples

KEPT_VALUES = 2048
"""So many values of each tensor and sample are kept for its histogram, evenly taken."""


@dataclass
class Seen:
    """What one tensor held over all samples. `saturated` are values at an end of the range that
    does not stand for 0, where a ReLU's many zeros are; signal and noise are sums of squares."""

    count: int = 0
    low: float = float("inf")
    high: float = float("-inf")
    saturated: int = 0
    compared: int = 0
    signal: float = 0.0
    noise: float = 0.0
    largest_error: float = 0.0
    kept: list[Doubles] = field(default_factory=list)
    kept_float: list[Doubles] = field(default_factory=list)
    first: Array | None = None

    @property
    def sqnr_db(self) -> float | None:
        """Signal to quantization noise, 10·log10(Σ float² / Σ (float - quantized)²); None when
        nothing was compared or nothing differs."""
        if not self.compared or self.noise == 0 or self.signal == 0:
            return None
        return float(10 * np.log10(self.signal / self.noise))


@dataclass(frozen=True)
class Model:
    """A graph and what runs it."""

    graph: Graph
    oracle: Oracle


def trace(
    model: Model, original: Model | None, tensors: Mapping[int, int], samples: Sequence[Samples]
) -> dict[int, Seen]:
    """What each activation of `model` held; `tensors` tell which of `original`'s it came from.

    Each sample has an array for each input. UsageError when one does not fit or the oracle cannot
    run the model.
    """
    wanted = _activations(model.graph)
    seen = {index: Seen() for index in wanted}
    pairs = {one: other for one, other in tensors.items() if one in seen}
    for sample in samples:
        held = _run(model, sample, wanted)
        theirs = {}
        if original is not None:
            theirs = _run(original, sample, sorted(set(pairs.values())))
        for index, codes in held.items():
            tensor = model.graph.tensor(index)
            other = theirs.get(pairs.get(index, -1))
            _add(seen[index], tensor, codes, None if other is None else other.astype(np.float64))
    return seen


def _activations(graph: Graph) -> list[int]:
    named = {*graph.inputs, *(i for node in graph.nodes for i in node.outputs)}
    shown = [*CODES, "float32"]
    return sorted(i for i in named if graph.tensor(i).data is None and _is(graph, i, shown))


def _is(graph: Graph, index: int, dtypes: Sequence[str]) -> bool:
    return graph.tensor(index).dtype in dtypes


def _run(model: Model, sample: Samples, indices: Sequence[int]) -> dict[int, Array]:
    tensors = [model.graph.tensor(index) for index in model.graph.inputs]
    taken = [quantize_input(x, tensor) for x, tensor in zip(sample, tensors, strict=True)]
    held = model.oracle.tensors(taken, indices)
    return {i: from_bytes(model.graph.tensor(i), data) for i, data in held.items()}


def _add(seen: Seen, tensor: Tensor, codes: Array, original: Doubles | None) -> None:
    values = real(tensor, codes)
    every = max(1, -(-values.size // KEPT_VALUES))
    if seen.first is None:
        seen.first = codes
    seen.count += values.size
    seen.low = min(seen.low, float(values.min()))
    seen.high = max(seen.high, float(values.max()))
    seen.kept.append(values.reshape(-1)[::every])
    if is_quantized(tensor):
        for end in CODES[tensor.dtype]:
            if end != tensor.zero_point:
                seen.saturated += int(np.count_nonzero(codes == end))
    if original is None or original.size != values.size:
        return
    error = np.abs(original.reshape(-1) - values.reshape(-1))
    seen.kept_float.append(original.reshape(-1)[::every])
    seen.compared += values.size
    seen.signal += float(np.sum(original**2))
    seen.noise += float(np.sum(error**2))
    seen.largest_error = max(seen.largest_error, float(error.max()))
