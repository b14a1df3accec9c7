"""What is compared of models that keep state or split; firmware and oracle are scripted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from tinydeploy.graph import Graph, Node, Tensor
from tinydeploy.plan import Layer
from tinydeploy.verify import verify

QUANTIZED = {"scales": (0.1,), "zero_points": (0,)}
GRAPH = Graph(
    "sums",
    (
        Tensor(0, "in", (1,), "int8", **QUANTIZED),
        Tensor(1, "out", (1,), "int8", **QUANTIZED),
        Tensor(2, "kept", (1,), "int8", **QUANTIZED, initial=np.zeros(1, np.int8)),
    ),
    (
        Node(0, "ADD", "sum", (0, 2), (1,), {}),
        Node(1, "ASSIGN_VARIABLE", "kept", (1,), (2,), {}),
    ),
    (0,),
    (1,),
)
LAYERS = (Layer(0, "ADD", "sum", 0, (1,)), Layer(1, "ASSIGN_VARIABLE", "kept", 0, (1,)))


class Sums:
    """A running sum, as firmware and as oracle; with `forgetful` its state is lost each time."""

    name = "sums"

    def __init__(self, forgetful: bool = False) -> None:
        self.forgetful = forgetful
        self.last: list[bytes] = []

    def sequence(self, samples: Sequence[list[bytes]]) -> list[list[bytes]]:
        values = [int(sample[0][0]) for sample in samples]
        self.last = list(samples[-1])
        sums = values if self.forgetful else np.cumsum(values).tolist()
        return [[bytes([total])] for total in sums]

    def run(self, inputs: list[bytes]) -> list[bytes]:
        return self.sequence([inputs])[0]

    def tensors(self, inputs: list[bytes], indices: Sequence[int]) -> dict[int, bytes]:
        return {index: self.run(inputs)[0] for index in indices}

    def layer_output(self, layer: int, output: int = 0, anew: bool = False) -> bytes:
        assert anew and output == 0
        return self.run(self.last)[0]


@pytest.mark.parametrize("forgetful", [False, True])
def test_state_that_is_lost_shows_in_the_sequence(forgetful: bool) -> None:
    samples = [[bytes([i])] for i in (5, 7, 9)]
    made = verify(Sums(forgetful), Sums(), GRAPH, LAYERS, samples, lambda text: None)  # type: ignore[arg-type]
    assert made.bit_exact is not forgetful
    assert made.outputs == tuple(samples)
    if forgetful:
        assert made.first_divergence is not None
        assert (made.first_divergence.sample, made.first_divergence.max_difference) == (1, 5)


HALVES = Graph(
    "halves",
    (
        Tensor(0, "in", (2,), "int8", **QUANTIZED),
        Tensor(1, "axis", (), "int32", data=np.zeros((), np.int32)),
        Tensor(2, "low", (1,), "int8", **QUANTIZED),
        Tensor(3, "high", (1,), "int8", **QUANTIZED),
    ),
    (Node(0, "SPLIT", "halves", (1, 0), (2, 3), {}),),
    (0,),
    (2,),
)


class Halves:
    """A split, of which nobody reads the second half; with `wrong` that is another byte."""

    name = "halves"

    def __init__(self, wrong: bool = False) -> None:
        self.wrong = wrong
        self.last: list[bytes] = []

    def run(self, inputs: list[bytes]) -> list[bytes]:
        self.last = inputs
        return [inputs[0][:1]]

    infer = run

    def tensors(self, inputs: list[bytes], indices: Sequence[int]) -> dict[int, bytes]:
        return {2: inputs[0][:1], 3: inputs[0][1:]}

    def layer_output(self, layer: int, output: int = 0, anew: bool = False) -> bytes:
        value = self.last[0][output]
        return bytes([value + (output if self.wrong else 0)])


@pytest.mark.parametrize("wrong", [False, True])
def test_every_output_of_a_layer_is_compared(wrong: bool) -> None:
    layers = (Layer(0, "SPLIT", "halves", 0, (2, 3)),)
    made = verify(Halves(wrong), Halves(), HALVES, layers, [[b"ab"]], lambda text: None)  # type: ignore[arg-type]
    assert made.bit_exact is not wrong
    if wrong:
        assert made.first_divergence is not None
        assert made.first_divergence.max_difference == 1
