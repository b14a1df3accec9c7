"""Verbs of a model's way: what was typed, tinydeploy.toml and the defaults become a job."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from flatbuffer_models import N, T, tflite_bytes

from tinydeploy import deploy, quantize
from tinydeploy.cli import run
from tinydeploy.deploy import Job

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("m.tflite", "other.tflite", "calib.npz", "test.npz"):
        (tmp_path / name).write_bytes(b"")


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """The jobs that `generate` was given; it makes one file of each."""
    seen: list[Job] = []

    def generate(job: Job, say: Callable[[str], None]) -> SimpleNamespace:
        seen.append(job)
        say("generating")
        print("noise of a library")
        os.write(1, b"noise of a program\n")
        return SimpleNamespace(files={"platformio.ini": b""})

    monkeypatch.setattr(deploy, "generate", generate)
    return seen


def write_toml(**settings: str) -> None:
    text = "".join(f'{key} = "{value}"\n' for key, value in settings.items())
    Path("tinydeploy.toml").write_text(text, encoding="utf-8")


def test_defaults(jobs: list[Job]) -> None:
    assert run(["generate", "m.tflite", "--board", "mps2-an386"]) == 0
    (job,) = jobs
    assert (job.board.id, job.engine, job.scheme) == ("mps2-an386", "aot", "int8")
    assert (job.optimize, job.samples, job.runs) == ("balanced", 20, 10)
    assert job.folder == Path("build/mps2-an386-aot")
    assert job.calib is None
    assert job.labels is None


def test_options(jobs: list[Job]) -> None:
    typed = "--board esp32 --engine aot --scheme float32 --optimize size --calib calib.npz"
    more = "--labels test.npz --samples 3 --runs 4 -o out"
    assert run(["generate", "m.tflite", *typed.split(), *more.split()]) == 0
    (job,) = jobs
    assert (job.board.id, job.engine, job.scheme) == ("esp32", "aot", "float32")
    assert (job.optimize, job.samples, job.runs) == ("size", 3, 4)
    assert (job.calib, job.labels) == (Path("calib.npz"), Path("test.npz"))
    assert job.folder == Path("out")


def test_a_boards_first_engine_is_its_default(jobs: list[Job]) -> None:
    assert run(["generate", "m.tflite", "--board", "nano33"]) == 0
    assert jobs[0].engine == "tflm"


def test_without_a_model_the_settings_count(jobs: list[Job]) -> None:
    write_toml(model="m.tflite", calib="calib.npz", board="mps2-an386", optimize="speed")
    assert run(["generate"]) == 0
    (job,) = jobs
    assert (job.model, job.calib) == (Path("m.tflite"), Path("calib.npz"))
    assert (job.board.id, job.optimize) == ("mps2-an386", "speed")


def test_with_a_model_the_settings_do_not_count(jobs: list[Job]) -> None:
    """The calibration set of one model must not be used for another."""
    write_toml(model="m.tflite", calib="calib.npz", board="mps2-an386")
    assert run(["generate", "other.tflite", "--board", "host"]) == 0
    assert jobs[0].calib is None


def test_what_is_typed_beats_the_settings(jobs: list[Job]) -> None:
    write_toml(model="m.tflite", board="nano33", engine="tflm", scheme="float32")
    assert run(["generate", "--board", "host", "--scheme", "int8"]) == 0
    (job,) = jobs
    assert (job.board.id, job.engine, job.scheme) == ("host", "aot", "int8")


def test_stdout_has_the_document_and_nothing_else(
    jobs: list[Job], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["generate", "m.tflite", "--board", "host", "--json"]) == 0
    captured = capfd.readouterr()
    document = json.loads(captured.out)
    assert document["files"] == ["platformio.ini"]
    assert document["project"] == str(Path("build/host-aot/project"))
    for text in ("generating", "noise of a library", "noise of a program"):
        assert text in captured.err


def test_init_writes_what_was_given(capsys: Capture) -> None:
    options = ["--board", "host", "--calib", "calib.npz", "--json"]
    assert run(["init", "m.tflite", *options]) == 0
    written = Path("tinydeploy.toml").read_text(encoding="utf-8")
    assert 'model = "m.tflite"\n' in written
    assert 'calib = "calib.npz"\n' in written
    assert "labels" not in written
    assert json.loads(capsys.readouterr().out)["board"] == "host"


def test_init_does_not_overwrite_unasked(capsys: Capture) -> None:
    assert run(["init", "m.tflite"]) == 0
    assert run(["init", "other.tflite"]) == 2
    assert "tinydeploy.toml exists already" in capsys.readouterr().err
    assert run(["init", "other.tflite", "--force"]) == 0
    assert "other.tflite" in Path("tinydeploy.toml").read_text(encoding="utf-8")


def dense(op: str = "FULLY_CONNECTED") -> bytes:
    """A model of one layer."""
    tensors = [
        T("input", (1, 4), scale=0.5),
        T("filter", (2, 4), scale=0.25, data=np.arange(8, dtype=np.int8)),
        T("bias", (2,), "int32", scale=0.125, data=np.array([1, 2], np.int32)),
        T("output;part", (1, 2), scale=0.5),
    ]
    return tflite_bytes(tensors, [N(op, (0, 1, 2), (3,))], (0,), (3,))


def test_quantize_writes_the_tflite(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    Path("m.tflite").write_bytes(dense())
    seen: list[Any] = []
    real = quantize.quantize

    def watched(*arguments: Any, **named: Any) -> quantize.QuantizedModel:
        seen.append(arguments)
        return real(*arguments, **named)

    monkeypatch.setattr(quantize, "quantize", watched)
    assert run(["quantize", "m.tflite", "-o", "out.tflite", "--json"]) == 0
    assert seen == [(Path("m.tflite"), "int8", None, None)]
    assert Path("out.tflite").read_bytes() == dense()
    document = json.loads(capsys.readouterr().out)
    assert document["tflite"] == "out.tflite"
    assert document["remarks"] == ["m.tflite is int8 already: used unchanged"]


def test_analyze(capsys: Capture) -> None:
    Path("m.tflite").write_bytes(dense())
    assert run(["analyze", "m.tflite", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["macs"] == 8
    assert document["constant_bytes"] == 8 + 2 * 4
    assert document["unsupported"] == []
    assert document["tensors"][1]["scales"] == [0.25]
    assert "fit" not in document


def test_analyze_tells_whether_it_fits(capsys: Capture) -> None:
    Path("m.tflite").write_bytes(dense())
    assert run(["analyze", "m.tflite", "--board", "mps2-an386", "--json"]) == 0
    fit = json.loads(capsys.readouterr().out)["fit"]
    assert fit["fits"] is True
    assert fit["engine"] == "aot"
    assert 0 < fit["arena_bytes"] <= fit["ram_estimate_bytes"] <= fit["ram_available_bytes"]


def test_analyze_lists_what_is_not_supported(capsys: Capture) -> None:
    Path("m.tflite").write_bytes(dense("HASHTABLE_LOOKUP"))
    assert run(["analyze", "m.tflite", "--board", "mps2-an386", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [layer["op"] for layer in document["unsupported"]] == ["HASHTABLE_LOOKUP"]
    assert document["layers"][0]["macs"] is None
    assert document["fit"]["fits"] is False
    assert run(["analyze", "m.tflite", "--tensors"]) == 0
    out = capsys.readouterr().out
    assert "HASHTABLE_LOOKUP (output)" in out
    assert ";part" not in out
