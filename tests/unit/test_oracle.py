from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from flatbuffer_models import N, T, tflite_bytes

from tinydeploy.errors import UsageError
from tinydeploy.oracle import open_oracle

pytestmark = pytest.mark.skipif(
    find_spec("tflite_micro") is None, reason="no tflite_micro wheel for this machine"
)

CHAIN = tflite_bytes(
    [T("in", (1, 4), "float32"), T("mid", (1, 4), "int8", 0.5, -3), T("out", (1, 4), "float32")],
    [N("QUANTIZE", (0,), (1,)), N("DEQUANTIZE", (1,), (2,))],
    (0,),
    (2,),
)
SAMPLE = np.array([[1.0, -2.0, 0.0, 1e9]], np.float32).tobytes()


def test_runs_many_samples_with_one_interpreter() -> None:
    oracle = open_oracle(CHAIN)
    assert oracle.name.startswith("tflite_micro ")
    for value in (1.0, -2.0, 0.5):
        (out,) = oracle.run([np.full(4, value, np.float32).tobytes()])
        assert np.frombuffer(out, np.float32).tolist() == [value] * 4


def test_gives_intermediate_tensors() -> None:
    found = open_oracle(CHAIN).tensors([SAMPLE], [1, 2])
    assert np.frombuffer(found[1], np.int8).tolist() == [-1, -7, -3, 127]
    assert np.frombuffer(found[2], np.float32).tolist() == [1.0, -2.0, 0.0, 65.0]


@pytest.mark.parametrize("index", [-1, 3, 99])
def test_refuses_a_tensor_that_is_not_there(index: int) -> None:
    with pytest.raises(UsageError, match="no tensor"):
        open_oracle(CHAIN).tensors([SAMPLE], [index])


@pytest.mark.parametrize("inputs", [[], [SAMPLE, SAMPLE], [SAMPLE[:-1]]])
def test_refuses_inputs_of_another_size(inputs: list[bytes]) -> None:
    with pytest.raises(UsageError, match="the model takes"):
        open_oracle(CHAIN).run(inputs)


@pytest.mark.parametrize("size", [0, 7, 40, len(CHAIN) // 2, len(CHAIN) - 4])
def test_a_truncated_model_is_an_error(size: int) -> None:
    with pytest.raises(UsageError):
        open_oracle(CHAIN[:size])


def test_says_why_it_cannot_run_a_model(capfd: pytest.CaptureFixture[str]) -> None:
    tensors = [T("in", (1, 4), "float16"), T("out", (1, 4), "int8", 0.5)]
    half = tflite_bytes(tensors, [N("QUANTIZE", (0,), (1,))], (0,), (1,))
    with pytest.raises(UsageError, match=r"cannot run this model: .*quantize"):
        open_oracle(half)
    assert capfd.readouterr().err == ""


def test_the_arena_is_the_smallest_that_works() -> None:
    relu = [N("RELU", (0,), (1,)), N("RELU", (1,), (2,))]
    large = tflite_bytes([T(n, (1, 4096), "int8", 1.0) for n in "abc"], relu, (0,), (2,))
    small_bytes, large_bytes = open_oracle(CHAIN).arena_bytes(), open_oracle(large).arena_bytes()
    assert small_bytes is not None and large_bytes is not None
    assert 0 < small_bytes < 4096 < 2 * 4096 <= large_bytes < 3 * 4096


def test_stderr_works_again_after_the_capture(capfd: pytest.CaptureFixture[str]) -> None:
    oracle = open_oracle(CHAIN)
    oracle.arena_bytes()
    before = len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0
    oracle.arena_bytes()
    oracle.run([SAMPLE])
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"
    if sys.platform == "linux":
        assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.skipif(find_spec("tflite_micro") is None, reason="another interpreter")
def test_an_interpreter_that_aborts_does_not_end_the_process() -> None:
    tensors = [
        T("in", (1, 4), scale=8e-9),
        T("mid", (1, 4), scale=8e-9),
        T("out", (1, 4), scale=1 / 256, zero_point=-128),
    ]
    nodes = [N("RELU", (0,), (1,)), N("SOFTMAX", (1,), (2,))]
    with pytest.raises(UsageError, match=r"aborts; the values of mid \(RELU\)") as caught:
        open_oracle(tflite_bytes(tensors, nodes, (0,), (2,)))
    assert "untrained" in caught.value.hint
