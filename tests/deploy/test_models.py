"""Models of the kinds that people have, built in Keras with seeded weights, over the whole line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tinydeploy import deploy

from .conftest import MakeJob

pytestmark = pytest.mark.slow

OPERATORS = {
    "attention": {"BATCH_MATMUL", "SQUARED_DIFFERENCE", "RSQRT", "STRIDED_SLICE"},
    "keyword": {"SPLIT", "LOGISTIC", "TANH", "UNPACK"},
    "mobile": {"HARD_SWISH", "MUL", "ADD", "MEAN"},
    "motion": {"LEAKY_RELU", "TANH", "REDUCE_MAX"},
    "segmentation": {"TRANSPOSE_CONV", "CONCATENATION", "RESIZE_BILINEAR"},
    "streaming": {"CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE"},
}


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
    job = make_job(
        models / f"{name}.keras", "mps2-an386", calib=models / f"{name}.npz", samples=10, runs=1
    )
    report = deploy.deploy(job, lambda text: None)
    assert report.verification is not None
    assert report.verification.bit_exact
    assert {node.op for node in report.model.graph.nodes} >= OPERATORS[name]
