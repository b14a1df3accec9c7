"""What every engine is given and must answer: seeded int8 inputs, and the oracle's outputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinydeploy.graph import Graph
from tinydeploy.oracle import open_oracle

COUNT = 4
_SEED = 7


@dataclass(frozen=True)
class Samples:
    """`inputs[i]` are the bytes of sample i, `outputs[i]` what the oracle makes of it."""

    inputs: tuple[bytes, ...]
    outputs: tuple[bytes, ...]


def samples(tflite: bytes, graph: Graph, tensor: int) -> Samples:
    """COUNT seeded inputs of a model with one input, and the bytes of tensor `tensor` for each."""
    rng = np.random.default_rng(_SEED)
    size = graph.tensor(graph.inputs[0]).bytes
    inputs = tuple(rng.integers(-128, 128, size, dtype=np.int8).tobytes() for _ in range(COUNT))
    oracle = open_oracle(tflite)
    return Samples(inputs, tuple(oracle.tensors([data], [tensor])[tensor] for data in inputs))
