"""int16 activations and 4-bit weights through the whole line, on the shipped example."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tinydeploy import deploy
from tinydeploy.tflm_tree import VARIABLE, with_tree

from .conftest import DIGITS, MakeJob
from .test_deploy import validated

pytestmark = pytest.mark.slow

SCHEMES = ("int16x8", "int4")
MODEL_BYTES = {"int16x8": 10_000, "int4": 4_500}  # int8's are 7,000
DATA = {"calib": DIGITS / "calib.npz", "labels": DIGITS / "test.npz"}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_digits_is_exact_and_as_right_as_float(make_job: MakeJob, scheme: str) -> None:
    job = replace(make_job(DIGITS / "digits.keras", "mps2-an386", **DATA), scheme=scheme)
    said: list[str] = []
    deploy.deploy(job, said.append)
    document = validated(job.folder)
    assert document["model"]["scheme"] == scheme
    assert document["verify"]["bit_exact"] is True
    accuracy = document["accuracy"]
    assert accuracy["samples"] >= 300
    assert accuracy["device"] >= accuracy["float"] - 0.005
    assert document["firmware"]["model_bytes"] < MODEL_BYTES[scheme]
    per_mac = {
        layer["op"]: layer["instructions"] / layer["macs"]
        for layer in document["layers"]
        if layer["macs"]
    }
    assert per_mac["CONV_2D"] < 2.1  # the pointwise one
    assert per_mac["FULLY_CONNECTED"] < 1.8
    assert any("weights of 8 bits stay in" in line for line in said) is (scheme == "int4")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_tensorflow_lite_micro_runs_them_with_one_scale(make_job: MakeJob, scheme: str) -> None:
    tree = os.environ.get(VARIABLE)
    if not tree:
        pytest.skip(f"{VARIABLE} names no TensorFlow Lite Micro tree")
    job = make_job(DIGITS / "digits.keras", "mps2-an386", calib=DATA["calib"], samples=5)
    job = replace(job, scheme=scheme, engine="tflm", board=with_tree(job.board, Path(tree)))
    deploy.deploy(job, lambda text: None)
    assert validated(job.folder)["verify"]["bit_exact"] is True
