"""Models of the kinds that people have, built in Keras with seeded weights, over the whole line."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tinydeploy import deploy
from tinydeploy.report import Report

from .conftest import ROOT, MakeJob

pytestmark = pytest.mark.slow

OPERATORS = {
    "attention": {"BATCH_MATMUL", "SQUARED_DIFFERENCE", "RSQRT", "STRIDED_SLICE"},
    "keyword": {"SPLIT", "LOGISTIC", "TANH", "UNPACK"},
    "mobile": {"HARD_SWISH", "MUL", "ADD", "MEAN"},
    "motion": {"LEAKY_RELU", "TANH", "REDUCE_MAX"},
    "ring": {"CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CONCATENATION"},
    "segmentation": {"TRANSPOSE_CONV", "CONCATENATION", "RESIZE_BILINEAR"},
    "streaming": {"CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE"},
}


ELSEWHERE = [("keyword", "riscv32-virt"), ("segmentation", "mps3-an547"), ("mobile", "microbit")]
BORDERS = {
    "uint8_float32": ("int8", "uint8", "float32"),
    "float32_uint8": ("int8", "float32", "uint8"),
    "int16_float32": ("int16x8", "int16", "float32"),
}
VOWELS = ROOT / "examples" / "vowels"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the models and their samples."""
    pytest.importorskip("keras")
    folder = tmp_path_factory.mktemp("models")
    script = Path(__file__).with_name("make_models.py")
    subprocess.run([sys.executable, script, folder], check=True, capture_output=True, timeout=300)
    return folder


@pytest.mark.parametrize("name", OPERATORS)
def test_bit_exact(make_job: MakeJob, models: Path, name: str) -> None:
    report = deployed(make_job, models, name, "mps2-an386")
    assert {node.op for node in report.model.graph.nodes} >= OPERATORS[name]


@pytest.mark.parametrize(("name", "board"), ELSEWHERE)
def test_bit_exact_on_other_cpus(make_job: MakeJob, models: Path, name: str, board: str) -> None:
    deployed(make_job, models, name, board)


def deployed(make_job: MakeJob, models: Path, name: str, board: str) -> Report:
    """The report on a model that ran bit-exact."""
    calib = models / f"{name}.npz"
    model = models / name if name == "ring" else models / f"{name}.keras"
    job = make_job(model, board, calib=calib, samples=10, runs=1)
    report = deploy.deploy(job, lambda text: None)
    assert report.verification is not None
    assert report.verification.bit_exact
    return report


@pytest.mark.parametrize("board", ["host", "mps2-an386"])
@pytest.mark.parametrize("name", BORDERS)
def test_types_at_the_borders(make_job: MakeJob, models: Path, name: str, board: str) -> None:
    scheme, given, made = BORDERS[name]
    job = replace(make_job(models / f"{name}.tflite", board, samples=10, runs=1), scheme=scheme)
    report = deploy.deploy(job, lambda text: None)
    graph = report.model.graph
    assert graph.tensor(graph.inputs[0]).dtype == given
    assert graph.tensor(graph.outputs[0]).dtype == made
    assert report.verification is not None
    assert report.verification.bit_exact


def vowels(make_job: MakeJob, board: str, labels: Path | None = None) -> Report:
    """The report on the example, bit-exact on all labelled utterances, else on five random ones."""
    calib, model = VOWELS / "calib.npz", VOWELS / "vowels.keras"
    job = make_job(model, board, calib=calib, labels=labels, samples=5, runs=1)
    report = deploy.deploy(job, lambda text: None)
    assert report.verification is not None
    assert report.verification.bit_exact
    return report


def test_vowels_is_as_accurate_as_its_readme_tells(make_job: MakeJob) -> None:
    accuracy = vowels(make_job, "host", VOWELS / "test.npz").accuracy
    assert accuracy is not None
    assert accuracy.samples == 370
    readme = (VOWELS / "README.md").read_text(encoding="utf-8")
    told = {name: float(value) for name, value in re.findall(r"(float|int8) ([\d.]+) %", readme)}
    assert told == {
        "float": pytest.approx(100 * (accuracy.float_model or 0), abs=0.05),
        "int8": pytest.approx(100 * accuracy.device, abs=0.05),
    }


def test_vowels_runs_on_a_board(make_job: MakeJob) -> None:
    vowels(make_job, "mps2-an386")
