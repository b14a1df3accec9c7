"""`choose`: the inputs that a deployment is proven on: labelled, calibration or seeded noise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.accuracy import quantize_input
from tinydeploy.dataset import fit, load_labelled, load_samples
from tinydeploy.graph import Graph

if TYPE_CHECKING:
    from tinydeploy.dataset import Floats, Labels

SEED = 20_240_601


@dataclass(frozen=True, eq=False)
class Chosen:
    """Samples as input bytes, one list of tensors each, where they are from, and their labels."""

    inputs: tuple[list[bytes], ...]
    source: str
    labels: Labels | None


def choose(graph: Graph, calib: Path | None, labels: Path | None, count: int) -> Chosen:
    """All labelled samples; else `count` of the calibration set; else `count` random ones.

    UsageError when a file cannot be read or does not fit the model's input.
    """
    if labels is not None:
        labelled = load_labelled(labels)
        return Chosen(_inputs(graph, labelled.x, labels), labels.name, labelled.y)
    if calib is not None:
        return Chosen(_inputs(graph, load_samples(calib)[:count], calib), calib.name, None)
    return Chosen(_random(graph, count), f"random, seed {SEED}", None)


def _inputs(graph: Graph, x: Floats, path: Path) -> tuple[list[bytes], ...]:
    tensor = graph.tensor(graph.inputs[0])
    return tuple([quantize_input(one, tensor)] for one in fit(x, tensor.shape[1:], path))


def _random(graph: Graph, count: int) -> tuple[list[bytes], ...]:
    """Every integer value equally likely; float inputs are drawn from [-1, 1)."""
    generator = np.random.default_rng(SEED)
    return tuple(
        [
            _noise(generator, graph.tensor(index).size, graph.tensor(index).dtype)
            for index in graph.inputs
        ]
        for _ in range(count)
    )


def _noise(generator: np.random.Generator, size: int, dtype: str) -> bytes:
    kind = np.dtype(dtype).newbyteorder("<")
    if kind.kind == "f":
        return bytes(generator.uniform(-1, 1, size).astype(kind).tobytes())
    limits = np.iinfo(kind)
    drawn = generator.integers(limits.min, limits.max, size, np.int64, endpoint=True)
    return bytes(drawn.astype(kind).tobytes())
