"""Models that keep state, run sample by sample anew and as a sequence: with sanitizers on this
machine, every layer against the oracle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tflite_micro")
import streams
from many import values
from test_nets import compiled, planned, said_by

from tinydeploy.oracle import open_oracle
from tinydeploy.plan import Plan
from tinydeploy.quantize import QuantizedModel

pytestmark = pytest.mark.slow

SAMPLES = 5


def made(data: bytes) -> tuple[QuantizedModel, Plan]:
    found = planned(data, "stream")
    assert not isinstance(found, str), found
    return found


def samples(model: QuantizedModel) -> list[list[bytes]]:
    graph, rng = model.graph, np.random.default_rng(5)
    return [[values(graph, i, rng) for i in graph.inputs] for _ in range(SAMPLES)]


@pytest.mark.parametrize("name", streams.MODELS)
@pytest.mark.parametrize("anew", [True, False])
def test_state_is_the_oracles(kernels: Path, tmp_path: Path, name: str, anew: bool) -> None:
    data = streams.MODELS[name]()
    model, plan = made(data)
    given, oracle = samples(model), open_oracle(data)
    inputs = b"".join(part for sample in given for part in sample)
    said = said_by(compiled(plan, kernels, tmp_path), inputs, *([] if anew else ["sequence"]))
    wanted = [oracle.run(sample) for sample in given] if anew else oracle.sequence(given)
    assert len(set(map(tuple, wanted))) > 1
    indices = [tensor for layer in plan.layers for tensor in layer.outputs]
    at = 0
    for number, outputs in enumerate(wanted):
        size = sum(model.graph.tensor(index).bytes for index in indices)
        if anew:
            inner = oracle.tensors(given[number], indices)
            assert said[at : at + size] == b"".join(inner[index] for index in indices)
        at += size
        for expected in outputs:
            assert said[at : at + len(expected)] == expected, f"sample {number}"
            at += len(expected)
    assert at == len(said)


def test_a_first_value_that_is_computed_is_refused() -> None:
    reason = planned(streams.computed(), "stream")
    assert isinstance(reason, str)
    assert "CALL_ONCE in layer 0" in reason
    assert "its subgraph computes" in reason
