"""Operators that `tflite_micro` lacks: what stands in for them gives what TensorFlow Lite's own
reference kernels give."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tinydeploy import oracle as oracles
from tinydeploy.oracle import open_oracle
from tinydeploy.stand_ins import for_micro

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("tflite_micro") is None, reason="no tflite_micro wheel"),
    pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated"),
]

CASES = Path(__file__).parent.parent / "cases"
sys.path.insert(0, str(CASES.parent / "kernels"))
import program  # noqa: E402

# How far TensorFlow Lite may be off: it rounds once where the micro interpreter does twice.
STEMS = {"exp": 0, "gelu": 0, "log": 0, "relu6": 1, "relu_n1_to_1": 1, "select": 0, "sqrt": 0}
STEMS |= {"tile": 0}


@pytest.mark.parametrize("stem", STEMS)
def test_lite_rt_gives_the_stored_answers(stem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracles, "find_spec", lambda name: None)
    for case in program.load(stem):
        oracle = open_oracle(case.model)
        for i in range(len(case.outputs[0])):
            (answer,) = oracle.run([values[i].tobytes() for values in case.inputs])
            wanted = case.outputs[0][i]
            got = np.frombuffer(answer, wanted.dtype).reshape(wanted.shape)
            name, off = f"{case.name} sample {i}", STEMS[stem]
            np.testing.assert_allclose(got, wanted, rtol=0, atol=off, err_msg=name)


def test_a_model_that_lacks_nothing_stays_as_it_is() -> None:
    model = program.load("relu")[0].model
    assert for_micro(model) is model
