"""A Keras model with several inputs and outputs, through every verb and the pytest plugin."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinydeploy import cli, deploy
from tinydeploy.board import load_board
from tinydeploy.deploy import Job
from tinydeploy.inputs import inputs_of, outputs_of
from tinydeploy.pytest_plugin import _opened

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("qemu-system-arm") is None, reason="no qemu-system-arm"),
    pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="no arm-none-eabi-gcc"),
]
BENCH = """
[models.fusion]
path = "fusion.keras"
calib = "calib.npz"
labels = "test.npz"

[[matrix]]
boards = ["host"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the model and its samples, where everything here is run."""
    pytest.importorskip("keras")
    made = tmp_path_factory.mktemp("fusion")
    script = Path(__file__).with_name("make_fusion.py")
    subprocess.run([sys.executable, script, made], check=True, capture_output=True, timeout=300)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        yield made


@pytest.fixture(scope="module")
def job(folder: Path) -> Job:
    return Job(
        model=folder / "fusion.keras",
        board=load_board("mps2-an386"),
        engine="aot",
        scheme="int8",
        calib=folder / "calib.npz",
        labels=folder / "test.npz",
        folder=folder / "out",
        samples=20,
        runs=1,
        optimize="balanced",
    )


def test_bit_exact_on_a_board(job: Job) -> None:
    report = deploy.deploy(job, lambda text: None)
    graph = report.model.graph
    assert [one.name for one in inputs_of(graph)] == ["picture", "motion", "a_words"]
    assert [graph.tensor(i).dtype for i in graph.inputs] == ["int8", "int8", "int32"]
    assert outputs_of(graph) == ("kind", "angle")
    assert report.verification is not None and report.verification.bit_exact
    assert all(len(outputs) == 2 for outputs in report.verification.outputs)
    assert any(len(layer.outputs) > 1 for layer in report.plan.layers)  # an LSTM's SPLIT
    assert report.accuracy is not None
    assert (report.accuracy.output, report.accuracy.float_model) == ("kind", 1.0)
    assert report.accuracy.int8 == report.accuracy.device
    assert report.accuracy.device is not None and report.accuracy.device >= 0.8
    assert set(report.model.calibration["inputs"]) == {"picture", "motion", "a_words"}


def test_the_plugins_device_takes_them_by_name_or_in_order(job: Job, folder: Path) -> None:
    with np.load(folder / "test.npz") as data:
        arrays = {name: data[name][3] for name in data.files}
    kind = arrays.pop("kind")
    device, stack = _opened(job, ("left", "right", "up"))
    with stack:
        made = device.outputs(arrays)
        assert list(made) == ["kind", "angle"]
        in_order = tuple(arrays[name] for name in ("picture", "motion", "a_words"))
        np.testing.assert_array_equal(device.infer(in_order), made["kind"])
        assert device.classify(arrays) == ("left", "right", "up")[int(kind)]
        with pytest.raises(ValueError, match="the model takes picture, motion, a_words"):
            device.infer({"picture": arrays["picture"]})


@pytest.mark.usefixtures("folder")
def test_explore_and_a_bench_share_what_they_convert(capsys: pytest.CaptureFixture[str]) -> None:
    data = ["--calib", "calib.npz", "--labels", "test.npz"]
    command = ["explore", "fusion.keras", *data, "--schemes", "int8,float32", "--board", "host"]
    assert cli.run([*command, "--json"]) == 0
    rows: list[Any] = json.loads(capsys.readouterr().out)["schemes"]
    assert [row["proven"] for row in rows] == [True, True]
    assert rows[0]["worst_sqnr_db"] > 5
    assert rows[0]["accuracy"]["quantized"] == rows[0]["accuracy"]["device"]
    Path("bench.toml").write_text(BENCH, encoding="utf-8")
    assert cli.run(["bench", "run"]) == 0
    (found,) = Path("results").glob("2*/summary.json")
    (cell,) = json.loads(found.read_text(encoding="utf-8"))["cells"]
    assert cell["status"] == "passed"


def test_explain_runs_the_samples(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    deploy.quantize(job, lambda text: None)
    assert (
        cli.run(["explain", str(job.folder / "model.tflite"), "--calib", "test.npz", "--json"]) == 0
    )
    document = json.loads(capsys.readouterr().out)
    assert document["samples"] == {"count": 20, "source": "test.npz"}
    assert {"picture", "motion"} <= {one["name"] for one in document["tensors"] if one["observed"]}
