from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from flatbuffer_models import N, T, tflite_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from tinydeploy.accuracy import dequantize_output, output_accuracy, quantize_input, top1
from tinydeploy.errors import UsageError
from tinydeploy.graph import Tensor
from tinydeploy.oracle import open_oracle


def tensor(size: int, scale: float = 0.5, zero_point: int = 0, dtype: str = "int8") -> Tensor:
    return Tensor(0, "t", (1, size), dtype, (scale,), (zero_point,))


def test_halves_go_away_from_zero_and_the_ends_saturate() -> None:
    x = np.array([0.25, -0.25, 0.74, 1e30, -1e30, 63.9], np.float32)
    assert list(np.frombuffer(quantize_input(x, tensor(6)), np.int8)) == [1, -1, 1, 127, -128, 127]


def test_the_value_below_one_half_goes_down() -> None:
    below = np.array([np.nextafter(np.float32(0.5), np.float32(0))], np.float32)
    assert quantize_input(below, tensor(1, 1.0)) == b"\x00"


def test_a_float_input_stays_as_it_is() -> None:
    x = np.array([0.1, -7], np.float32)
    assert quantize_input(x, Tensor(0, "t", (2,), "float32")) == x.tobytes()


def test_refuses_a_sample_of_another_size() -> None:
    with pytest.raises(UsageError, match="3 values but input t takes 4"):
        quantize_input(np.zeros(3, np.float32), tensor(4))


@pytest.mark.skipif(find_spec("tflite_micro") is None, reason="no tflite_micro wheel")
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(width=32, min_value=-3e3, max_value=3e3), min_size=16, max_size=16),
    st.floats(min_value=2**-13, max_value=50, width=32),
    st.integers(-128, 127),
    st.sampled_from(["int8", "int16"]),
)
def test_quantizes_and_dequantizes_as_the_oracle(
    values: list[float], scale: float, zero_point: int, dtype: str
) -> None:
    zero_point = zero_point if dtype == "int8" else 0
    steps = [zero_point + 0.5, -zero_point - 0.5, 1.5, 2.5, -0.5, -1.5]
    x = np.array([*values, *(step * np.float32(scale) for step in steps)], np.float32)
    ends = T("in", (1, x.size), "float32"), T("out", (1, x.size), "float32")
    model = tflite_bytes(
        [ends[0], T("q", (1, x.size), dtype, scale, zero_point), ends[1]],
        [N("QUANTIZE", (0,), (1,)), N("DEQUANTIZE", (1,), (2,))],
        (0,),
        (2,),
    )
    found = open_oracle(model).tensors([x.tobytes()], [1, 2])
    quantized = tensor(x.size, float(np.float32(scale)), zero_point, dtype)
    assert quantize_input(x, quantized) == found[1]
    assert dequantize_output(found[1], quantized).tobytes() == found[2]


def test_top1_takes_the_first_of_equals_and_splits_a_single_score() -> None:
    assert top1(np.array([[1, 3, 3], [2, 0, 1]], np.float32)).tolist() == [1, 0]
    assert top1(np.array([[0.49], [0.5]], np.float32)).tolist() == [0, 1]


def test_accuracy_counts_the_right_classes() -> None:
    outputs = [np.array(row, np.int8).tobytes() for row in ([1, 9], [9, 1], [-3, -2], [0, -1])]
    assert output_accuracy(outputs, tensor(2), np.array([1, 0, 0, 0])) == 0.75
