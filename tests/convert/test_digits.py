"""The shipped example is what its README says: measured here, on the shipped files."""

from __future__ import annotations

import re

import numpy as np
import pytest
from places import DIGITS
from sklearn.datasets import load_digits

from tinydeploy.accuracy import output_accuracy, quantize_input
from tinydeploy.dataset import load_labelled, load_samples
from tinydeploy.oracle import open_oracle
from tinydeploy.quantize import QuantizedModel, quantize

pytestmark = pytest.mark.slow


def int8_accuracy(model: QuantizedModel) -> float:
    graph, labelled = model.graph, load_labelled(DIGITS / "test.npz")
    oracle = open_oracle(model.tflite)
    taken = graph.tensor(graph.inputs[0])
    outputs = [oracle.run([quantize_input(x, taken)])[0] for x in labelled.x]
    return output_accuracy(outputs, graph.tensor(graph.outputs[0]), labelled.y)


def test_the_float_accuracy_is_real(digits: QuantizedModel) -> None:
    assert digits.float_accuracy is not None
    assert digits.float_accuracy >= 0.97


def test_int8_loses_at_most_one_percent(digits: QuantizedModel) -> None:
    assert digits.float_accuracy is not None
    assert int8_accuracy(digits) >= digits.float_accuracy - 0.01


def test_the_readme_tells_these_figures(digits: QuantizedModel) -> None:
    readme = (DIGITS / "README.md").read_text(encoding="utf-8")
    told = {name: float(value) for name, value in re.findall(r"(float|int8) ([\d.]+) %", readme)}
    assert told == {
        "float": pytest.approx(100 * (digits.float_accuracy or 0), abs=0.05),
        "int8": pytest.approx(100 * int8_accuracy(digits), abs=0.05),
    }


def test_the_conversion_gives_the_same_bytes_each_time(digits: QuantizedModel) -> None:
    again = quantize(DIGITS / "digits.keras", "int8", DIGITS / "calib.npz")
    assert again.tflite == digits.tflite


def test_the_network_has_the_usual_operators(digits: QuantizedModel) -> None:
    assert [node.op for node in digits.graph.nodes] == [
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "CONV_2D",
        "MAX_POOL_2D",
        "RESHAPE",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ]
    assert digits.remarks == ()


def test_the_test_images_were_not_seen_before() -> None:
    images = load_digits().data.astype(np.float32) / 16
    held_out, calibration = load_labelled(DIGITS / "test.npz"), load_samples(DIGITS / "calib.npz")
    known = {image.tobytes() for image in images}
    tested = {x.tobytes() for x in held_out.x}
    assert len(tested) == len(held_out.x) == 360
    assert tested <= known
    assert not tested & {x.tobytes() for x in calibration}
    assert set(held_out.y.tolist()) == set(range(10))


def test_the_model_is_small() -> None:
    assert (DIGITS / "digits.keras").stat().st_size < 200_000
