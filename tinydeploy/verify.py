"""`verify`: the bytes on the board against the oracle's, sample by sample."""

from __future__ import annotations

import math
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
TOLERANCE_ULPS = 256
"""How far a float32 value may be from the oracle's, in units of 2**-23 of the largest magnitude in
its tensor. Sums of the same products in another order, fused multiplications and another libm all
differ in last bits, relative to what is summed and not to what is left of it."""
_SEQUENCE = 8  # samples of a model with state that are also run one after another


@dataclass(frozen=True)
class Divergence:
    """Where the board first differs: in which sample and layer, at which index, by how much."""

    sample: int
    layer: int
    layer_name: str
    index: int
    count: int
    max_difference: int | float

    def __str__(self) -> str:
        return (
            f"sample {self.sample}, layer {self.layer} ({self.layer_name}), index {self.index}: "
            f"{self.count} values differ, by at most {self.max_difference}"
        )


@dataclass(frozen=True)
class Verification:
    """What was compared and what came of it. Besides the model's outputs, every layer's output was
    compared for the first `whole_samples` samples and that of `layers` for each; `outputs` are the
    board's, per sample.

    Floats may differ a little: `bit_exact` says that every byte was the same, `within_tolerance`
    that no float was further off than TOLERANCE_ULPS and every other byte the same.
    `max_error_ulps` is the largest difference found, infinite where there is no tolerance, and
    `source` says where the samples are from."""

    oracle: str
    samples: int
    whole_samples: int
    layers: tuple[int, ...]
    bit_exact: bool
    first_divergence: Divergence | None
    outputs: tuple[Sample, ...]
    max_error_ulps: float = 0.0
    source: str = ""

    @property
    def within_tolerance(self) -> bool:
        """Whether the board computes what the oracle computes."""
        return self.first_divergence is None


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
    a wrong last bit. So every output of every layer is compared for the first sample, and for each
    the last convolution's (or that of the last layer with multiplications). Each sample begins
    anew; of a model that keeps state the first few are run one after another as well.
    """
    last = _last_inner(layers)
    keeps_state = bool(graph.variables)
    outputs: list[Sample] = []
    divergence: Divergence | None = None
    bit_exact, worst = True, 0.0
    for number, sample in enumerate(samples):
        if number % _SAY_EVERY == 0:
            say(f"verifying {len(samples)} samples" + (f", {number} done" if number else ""))
        outputs.append(session.sequence([sample])[0] if keeps_state else session.infer(sample))
        errors = _errors(graph, outputs[-1], oracle.run(sample))
        inner = layers if number < WHOLE_SAMPLES else last
        expected = oracle.tensors(sample, [i for layer in inner for i in layer.outputs])
        for layer in inner:
            for place, tensor in enumerate(layer.outputs):
                found = session.layer_output(layer.index, place, keeps_state)
                wanted = expected[tensor]
                errors.append(error_ulps(graph.tensor(tensor).dtype, wanted, found))
                bit_exact = bit_exact and found == wanted
        bit_exact = bit_exact and not any(errors)
        worst = max(worst, *errors)
        if max(errors) > TOLERANCE_ULPS and divergence is None:
            divergence = _first_divergence(session, oracle, graph, layers, sample, number)
    if divergence is None and _is_sequential(graph):
        divergence = _divergence_in_sequence(session, oracle, graph, layers, samples[:_SEQUENCE])
    return Verification(
        oracle=oracle.name,
        samples=len(samples),
        whole_samples=min(WHOLE_SAMPLES, len(samples)),
        layers=tuple(layer.index for layer in last),
        bit_exact=bit_exact and divergence is None,
        first_divergence=divergence,
        outputs=tuple(outputs),
        max_error_ulps=worst,
    )


def error_ulps(dtype: str, expected: bytes, found: bytes) -> float:
    """How far `found` is from `expected`, in units of 2**-23 of the largest expected magnitude.

    Infinite where there is no tolerance: for integers, other lengths, and NaN or infinity that is
    not the same on both sides.
    """
    if expected == found:
        return 0.0
    if dtype != "float32" or len(expected) != len(found):
        return math.inf
    wanted = np.frombuffer(expected, "<f4").astype(np.float64)
    got = np.frombuffer(found, "<f4").astype(np.float64)
    finite = np.isfinite(wanted)
    if not np.array_equal(wanted[~finite], got[~finite], equal_nan=True):
        return math.inf
    if not np.isfinite(got[finite]).all():
        return math.inf
    largest = np.abs(wanted[finite]).max(initial=np.finfo(np.float32).tiny)
    return float(np.abs(wanted[finite] - got[finite]).max(initial=0) / (largest * 2.0**-23))


def _errors(graph: Graph, found: Sequence[bytes], expected: Sequence[bytes]) -> list[float]:
    """The error of every output of the model."""
    dtypes = [graph.tensor(index).dtype for index in graph.outputs]
    return [error_ulps(*three) for three in zip(dtypes, expected, found, strict=True)]


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
    expected = oracle.tensors(sample, [i for layer in layers for i in layer.outputs])
    (outputs,) = session.sequence([sample]) if keeps_state else [session.infer(sample)]
    for layer in layers:
        for place, tensor in enumerate(layer.outputs):
            found = session.layer_output(layer.index, place, keeps_state)
            if _differs(graph, tensor, expected[tensor], found):
                return _compare(graph, layer, number, expected[tensor], found, tensor)
    for tensor, theirs, ours in zip(graph.outputs, oracle.run(sample), outputs, strict=True):
        if _differs(graph, tensor, theirs, ours):
            return _compare(graph, _maker(layers, tensor), number, theirs, ours, tensor)
    output = graph.outputs[0]
    return _compare(graph, layers[-1], number, oracle.run(sample)[0], outputs[0], output)


def _maker(layers: Sequence[Layer], tensor: int) -> Layer:
    """The layer that leaves a tensor; the last one for a tensor that none does."""
    return next((layer for layer in layers if tensor in layer.outputs), layers[-1])


def _differs(graph: Graph, tensor: int, expected: bytes, found: bytes) -> bool:
    return error_ulps(graph.tensor(tensor).dtype, expected, found) > TOLERANCE_ULPS


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
            if _differs(graph, output, theirs, ours):
                return _compare(graph, _maker(layers, output), number, theirs, ours, output)
    return None


def _compare(
    graph: Graph,
    layer: Layer,
    number: int,
    expected: bytes,
    found: bytes,
    tensor: int,
) -> Divergence:
    dtype = np.dtype(graph.tensor(tensor).dtype)
    length = min(len(expected), len(found)) // dtype.itemsize
    with np.errstate(invalid="ignore"):
        difference = np.abs(
            np.frombuffer(expected, dtype, length).astype(np.float64)
            - np.frombuffer(found, dtype, length).astype(np.float64)
        )
    wrong = np.flatnonzero(difference)
    largest = float(np.nan_to_num(difference, nan=0.0).max(initial=0))
    return Divergence(
        sample=number,
        layer=layer.index,
        layer_name=layer.name,
        index=int(wrong[0]) if wrong.size else length,
        count=int(wrong.size) + abs(len(expected) - len(found)) // dtype.itemsize,
        max_difference=largest if dtype.kind == "f" else int(largest),
    )
