"""`choose`: the inputs that a deployment is proven on: labelled, calibration or seeded noise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.accuracy import quantize_input
from tinydeploy.graph import Graph, Tensor
from tinydeploy.inputs import inputs_of, load, load_with_labels, outputs_of, rows_of_table

if TYPE_CHECKING:
    from tinydeploy.dataset import Labels
    from tinydeploy.inputs import Samples

SEED = 20_240_601


@dataclass(frozen=True, eq=False)
class Chosen:
    """Samples as input bytes, one list of tensors each, where they are from, and their labels, of
    which output of the model."""

    inputs: tuple[list[bytes], ...]
    source: str
    labels: Labels | None
    output: int = 0


def choose(graph: Graph, calib: Path | None, labels: Path | None, count: int) -> Chosen:
    """All labelled samples; else `count` of the calibration set; else `count` random ones.

    UsageError when a file cannot be read or does not fit the model's input.
    """
    inputs = inputs_of(graph)
    if labels is not None:
        labelled = load_with_labels(labels, inputs, outputs_of(graph))
        taken = as_bytes(graph, labelled.x)
        return Chosen(taken, labels.name, labelled.y, labelled.output)
    if calib is not None:
        return Chosen(as_bytes(graph, load(calib, inputs))[:count], calib.name, None)
    return Chosen(_random(graph, count), f"random, seed {SEED}", None)


def as_bytes(graph: Graph, samples: Samples) -> tuple[list[bytes], ...]:
    """Each sample as the bytes of every input."""
    tensors = [graph.tensor(index) for index in graph.inputs]
    return tuple(
        [quantize_input(x, tensor) for x, tensor in zip(sample, tensors, strict=True)]
        for sample in zip(*samples, strict=True)
    )


def _random(graph: Graph, count: int) -> tuple[list[bytes], ...]:
    """Every integer value that an input takes equally likely; floats are drawn from [-1, 1)."""
    generator = np.random.default_rng(SEED)
    rows = {index: rows_of_table(graph, index) for index in graph.inputs}
    return tuple(
        [_noise(generator, graph.tensor(index), rows[index]) for index in graph.inputs]
        for _ in range(count)
    )


def _noise(generator: np.random.Generator, tensor: Tensor, rows: int) -> bytes:
    kind = np.dtype(tensor.dtype).newbyteorder("<")
    if kind.kind == "f":
        return bytes(generator.uniform(-1, 1, tensor.size).astype(kind).tobytes())
    if kind.kind == "b" or rows:
        drawn = generator.integers(0, rows or 2, tensor.size, np.int64)
    else:
        limits = np.iinfo(kind)
        drawn = generator.integers(limits.min, limits.max, tensor.size, np.int64, endpoint=True)
    return bytes(drawn.astype(kind).tobytes())
