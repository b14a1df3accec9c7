"""`verify`: the bytes on the board against the oracle's, sample by sample."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tinydeploy.graph import Graph
from tinydeploy.oracle import Oracle
from tinydeploy.plan import Layer
from tinydeploy.session import Session

Sample = list[bytes]
"""The bytes of every input tensor, in order."""

_SAY_EVERY = 50
WHOLE_SAMPLES = 1
_SEQUENCE = 8  # samples of a model with state that are also run one after another


@dataclass(frozen=True)
class Divergence:
    """Where the board first differs: in which sample and layer, at which index, by how much."""

    sample: int
    layer: int
    layer_name: str
    index: int
    count: int
    max_difference: int

    def __str__(self) -> str:
        return (
            f"sample {self.sample}, layer {self.layer} ({self.layer_name}), index {self.index}: "
            f"{self.count} values differ, by at most {self.max_difference}"
        )


@dataclass(frozen=True)
class Verification:
    """What was compared and what came of it. Besides the model's outputs, every layer's output was
    compared for the first `whole_samples` samples and that of `layers` for each; `outputs` are the
    board's, per sample."""

    oracle: str
    samples: int
    whole_samples: int
    layers: tuple[int, ...]
    bit_exact: bool
    first_divergence: Divergence | None
    outputs: tuple[Sample, ...]


def verify(
    session: Session,
    oracle: Oracle,
    graph: Graph,
    layers: Sequence[Layer],
    samples: Sequence[Sample],
    say: Callable[[str], None],
) -> Verification:
    """Run `samples` on the board and by the oracle, and compare every byte of the outputs.

    Later layers hide errors of earlier ones: a final softmax saturates, and requantization swallows
    a wrong last bit. So every layer's output is compared for the first sample, and for each the
    last convolution's (or that of the last layer with multiplications). Each sample begins anew; of
    a model that keeps state the first few are run one after another as well.
    """
    last = _last_inner(layers)
    keeps_state = bool(graph.variables)
    outputs: list[Sample] = []
    divergence: Divergence | None = None
    for number, sample in enumerate(samples):
        if number % _SAY_EVERY == 0:
            say(f"verifying {len(samples)} samples, {number} done")
        outputs.append(session.sequence([sample])[0] if keeps_state else session.infer(sample))
        same = outputs[-1] == oracle.run(sample)
        inner = [layer for layer in layers if layer.output >= 0] if number < WHOLE_SAMPLES else last
        expected = oracle.tensors(sample, [layer.output for layer in inner])
        same = same and all(
            session.layer_output(layer.index, keeps_state) == expected[layer.output]
            for layer in inner
        )
        if not same and divergence is None:
            divergence = _first_divergence(session, oracle, graph, layers, sample, number)
    if divergence is None and _is_sequential(graph):
        divergence = _divergence_in_sequence(session, oracle, graph, layers, samples[:_SEQUENCE])
    return Verification(
        oracle=oracle.name,
        samples=len(samples),
        whole_samples=min(WHOLE_SAMPLES, len(samples)),
        layers=tuple(layer.index for layer in last),
        bit_exact=divergence is None,
        first_divergence=divergence,
        outputs=tuple(outputs),
    )


def _last_inner(layers: Sequence[Layer]) -> Sequence[Layer]:
    """The last convolution, else the last layer that multiplies, else none."""
    convolutions = [layer for layer in layers if layer.op == "CONV_2D"]
    return (convolutions or [layer for layer in layers if layer.macs])[-1:]


def _first_divergence(
    session: Session,
    oracle: Oracle,
    graph: Graph,
    layers: Sequence[Layer],
    sample: Sample,
    number: int,
) -> Divergence:
    """The first layer whose bytes differ; the model's output when every layer's are the same."""
    keeps_state = bool(graph.variables)
    layers = [layer for layer in layers if layer.output >= 0]
    expected = oracle.tensors(sample, [layer.output for layer in layers])
    (outputs,) = session.sequence([sample]) if keeps_state else [session.infer(sample)]
    for layer in layers:
        found = session.layer_output(layer.index, keeps_state)
        if found != expected[layer.output]:
            return _compare(graph, layer, number, expected[layer.output], found)
    return _compare(graph, layers[-1], number, oracle.run(sample)[0], outputs[0])


def _is_sequential(graph: Graph) -> bool:
    """Whether an inference depends on the one before. An LSTM of engine aot begins anew each time,
    as in Keras, where TensorFlow Lite's goes on."""
    ops = {node.op for node in graph.nodes}
    return bool(ops & {"SVDF", "ASSIGN_VARIABLE"}) and "UNIDIRECTIONAL_SEQUENCE_LSTM" not in ops


def _divergence_in_sequence(
    session: Session,
    oracle: Oracle,
    graph: Graph,
    layers: Sequence[Layer],
    samples: Sequence[Sample],
) -> Divergence | None:
    """Where samples that follow one another first differ; the layer is that of the output."""
    for number, (expected, found) in enumerate(
        zip(oracle.sequence(samples), session.sequence(samples), strict=True)
    ):
        for output, ours, theirs in zip(graph.outputs, found, expected, strict=True):
            if ours != theirs:
                last = next((x for x in layers if x.output == output), layers[-1])
                return _compare(graph, last, number, theirs, ours)
    return None


def _compare(graph: Graph, layer: Layer, number: int, expected: bytes, found: bytes) -> Divergence:
    dtype = np.dtype(graph.tensor(layer.output).dtype)
    length = min(len(expected), len(found)) // dtype.itemsize
    difference = np.abs(
        np.frombuffer(expected, dtype, length).astype(np.float64)
        - np.frombuffer(found, dtype, length).astype(np.float64)
    )
    wrong = np.flatnonzero(difference)
    return Divergence(
        sample=number,
        layer=layer.index,
        layer_name=layer.name,
        index=int(wrong[0]) if wrong.size else length,
        count=int(wrong.size) + abs(len(expected) - len(found)) // dtype.itemsize,
        max_difference=int(difference.max(initial=0)),
    )
