"""Engine tflm on an emulated Cortex-M, with a real tree of its sources where there is one."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tinydeploy import deploy
from tinydeploy.deploy import Job
from tinydeploy.engines.tflm import with_margin
from tinydeploy.tflm_tree import VARIABLE, with_tree

from .conftest import DIGITS, MakeJob, shared_model
from .test_deploy import validated

pytestmark = pytest.mark.slow

# Instructions of the library with CMSIS-NN at -O2, counted by a plugin of the emulator.
BASELINE = {
    "kws_ref_model.tflite": 7_700_000,
    "pretrainedResnet_quant.tflite": 29_860_000,
    "ad01_int8.tflite": 583_000,
}
TOLERANCE = 0.02


@pytest.fixture
def tflm_job(make_job: MakeJob) -> MakeJob:
    tree = os.environ.get(VARIABLE)
    if not tree:
        pytest.skip(f"{VARIABLE} names no TensorFlow Lite Micro tree")

    def make(model: Path, **options: object) -> Job:
        job = make_job(model, "mps2-an386", **options)
        return replace(job, engine="tflm", board=with_tree(job.board, Path(tree)))

    return make


@pytest.mark.parametrize("name", BASELINE)
def test_real_models_are_bit_exact_with_cmsis_nn(tflm_job: MakeJob, name: str) -> None:
    job = replace(tflm_job(shared_model(name)), require_optimized=True)
    deploy.deploy(job, lambda text: None)
    document = validated(job.folder)
    assert document["engine"] == "tflm"
    assert document["verify"]["bit_exact"] is True
    firmware = document["firmware"]
    assert 0 < firmware["arena_used_bytes"] <= firmware["arena_bytes"]
    proof = {operator["op"]: operator for operator in firmware["operators"]}
    multiplies = {layer["op"] for layer in document["layers"] if layer["macs"]}
    for op in multiplies - {"AVERAGE_POOL_2D"}:
        assert proof[op]["optimized"] is True
        assert all(symbol.startswith("arm_") for symbol in proof[op]["symbols"])
    measured = document["measure"]
    assert measured["min"] == measured["max"]
    assert measured["median"] == pytest.approx(BASELINE[name], rel=TOLERANCE)
    assert sum(layer["instructions"] for layer in document["layers"]) == pytest.approx(
        measured["median"], rel=TOLERANCE
    )


def test_an_arena_too_small_grows_to_what_the_board_needs(tflm_job: MakeJob) -> None:
    """The library does not know its need when it fails: it is seen in a larger arena first."""
    job = tflm_job(shared_model("ad01_int8.tflite"), samples=1)
    assert job.board.tflm is not None
    small = replace(job.board.tflm, arena_bytes=1_024)
    said: list[str] = []
    deploy.deploy(replace(job, board=replace(job.board, tflm=small)), said.append)
    document = validated(job.folder)
    assert document["verify"]["bit_exact"] is True
    firmware = document["firmware"]
    assert with_margin(firmware["arena_used_bytes"]) < firmware["arena_bytes"] < 8_000
    assert any("arena of 1,024 bytes is too small" in text for text in said)


def test_state_begins_anew(tflm_job: MakeJob, tmp_path: Path) -> None:
    """Variables whose first values CALL_ONCE sets: each sample from a reset, then a sequence."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "kernels"))
    streams = pytest.importorskip("streams")
    path = tmp_path / "delays.tflite"
    path.write_bytes(streams.delays([7, -7, 100, 0]))
    job = tflm_job(path, samples=5)
    deploy.deploy(job, lambda text: None)
    assert validated(job.folder)["verify"]["bit_exact"] is True


def test_per_axis_dense_is_exact_with_newer_sources(tflm_job: MakeJob) -> None:
    job = tflm_job(DIGITS / "digits.keras", calib=DIGITS / "calib.npz", samples=5)
    deploy.deploy(job, lambda text: None)
    document = validated(job.folder)
    assert document["verify"]["bit_exact"] is True


def test_dense_with_one_scale_is_exact(make_job: MakeJob) -> None:
    """What a runtime of 2023 gets, proven with our own kernels."""
    from tinydeploy.quantize import quantize

    job = make_job(DIGITS / "digits.keras", "mps2-an386", calib=DIGITS / "calib.npz", samples=5)
    made = quantize(DIGITS / "digits.keras", "int8", DIGITS / "calib.npz", None, True)
    path = job.folder / "per_tensor.tflite"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made.tflite)
    dense = [node for node in made.graph.nodes if node.op == "FULLY_CONNECTED"]
    assert [len(made.graph.input(node, 1).scales) for node in dense] == [1] * len(dense)
    deploy.deploy(replace(job, model=path, calib=None), lambda text: None)
    assert validated(job.folder)["verify"]["bit_exact"] is True
