from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tinydeploy import deploy, report
from tinydeploy.board import board_ids, load_board
from tinydeploy.errors import Mismatch
from tinydeploy.plan import Plan
from tinydeploy.quantize import quantize

from .conftest import DIGITS, ROOT, MakeJob, shared_model

pytestmark = pytest.mark.slow

BOARDS = ("mps2-an386", "host")
SHARED = ("kws_ref_model.tflite", "pretrainedResnet_quant.tflite", "ad01_int8.tflite")


def validated(folder: Path) -> dict[str, Any]:
    """report.json of `folder`, proven to follow the documented schema."""
    document: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("model", SHARED)
def test_real_models_are_bit_exact(make_job: MakeJob, model: str, board: str) -> None:
    job = make_job(shared_model(model), board)
    made = deploy.deploy(job, lambda text: None)
    document = validated(job.folder)
    assert document["verify"]["samples"] == 20
    assert document["verify"]["bit_exact"] is True
    last = max(
        (layer.index for layer in made.plan.layers if layer.op == "CONV_2D"),
        default=made.plan.layers[-1].index,
    )
    assert document["verify"]["layers"] == [last]
    assert document["verify"]["whole_samples"] == 1


@pytest.mark.parametrize("board", BOARDS)
def test_digits_is_bit_exact_on_every_test_image(make_job: MakeJob, board: str) -> None:
    job = make_job(
        DIGITS / "digits.keras", board, calib=DIGITS / "calib.npz", labels=DIGITS / "test.npz"
    )
    deploy.deploy(job, lambda text: None)
    document = validated(job.folder)
    accuracy = document["accuracy"]
    assert document["verify"]["bit_exact"] is True
    assert document["verify"]["samples"] == accuracy["samples"] >= 300
    assert accuracy["float"] >= 0.97
    assert accuracy["device"] == accuracy["int8"] >= accuracy["float"] - 0.01
    assert document["model"]["calibration"]["count"] >= 100


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example as a .tflite, converted once."""
    path = tmp_path_factory.mktemp("digits") / "digits.tflite"
    path.write_bytes(quantize(DIGITS / "digits.keras", "int8", DIGITS / "calib.npz", None).tflite)
    return path


@pytest.mark.parametrize("board", [b for b in board_ids() if load_board(b).qemu is not None])
def test_digits_is_bit_exact_on_every_emulated_cpu(
    make_job: MakeJob, digits: Path, board: str
) -> None:
    job = make_job(digits, board, samples=5)
    made = deploy.deploy(job, lambda text: None)
    document = validated(job.folder)
    assert document["verify"]["bit_exact"] is True
    assert 0 < document["firmware"]["stack_bytes"] < made.firmware.stack_bytes
    assert document["measure"]["min"] == document["measure"]["max"] > 0


def test_counts_are_the_same_every_time(make_job: MakeJob, tmp_path: Path) -> None:
    documents = []
    for folder in ("one", "two"):
        job = make_job(
            DIGITS / "digits.keras",
            "mps2-an386",
            calib=DIGITS / "calib.npz",
            samples=3,
            runs=5,
            folder=tmp_path / folder,
        )
        deploy.measure(job, lambda text: None)
        documents.append(validated(job.folder))
    assert documents[0] == documents[1]
    assert documents[0]["measure"]["min"] == documents[0]["measure"]["max"] > 0
    assert "verify" not in documents[0]


def test_a_second_run_converts_and_compiles_nothing(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(DIGITS / "digits.keras", "mps2-an386", calib=DIGITS / "calib.npz")
    first = deploy.build(job, lambda text: None)
    made = first.elf.stat().st_mtime_ns

    def never(*_: object) -> None:
        raise AssertionError("this was up to date")

    monkeypatch.setattr("tinydeploy.quantize._convert", never)
    monkeypatch.setattr("tinydeploy.build._compile", never)
    assert deploy.build(job, lambda text: None) == first
    assert first.elf.stat().st_mtime_ns == made


def test_a_wrong_kernel_is_found_and_its_layer_named(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bit of one layer's output is flipped after planning: the proof must not pass."""
    job = make_job(shared_model("kws_ref_model.tflite"), "host", samples=3)
    right = deploy.plan

    def wrong(*arguments: Any) -> Plan:
        plan = right(*arguments)
        text, count = re.subn(
            r"done\(hook, user, 4, arena \+ (\d+)",
            r"arena[\1 + 5] = (int8_t)(arena[\1 + 5] ^ 1);\n  \g<0>",
            plan.files["model.c"],
        )
        assert count == 1
        return replace(plan, files={**plan.files, "model.c": text})

    monkeypatch.setattr(deploy, "plan", wrong)
    with pytest.raises(Mismatch, match=r"layer 4 \(.*index 5: 1 values differ, by at most 1"):
        deploy.deploy(job, lambda text: None)
    document = validated(job.folder)
    assert document["verify"]["bit_exact"] is False
    assert document["verify"]["first_divergence"]["layer"] == 4


def test_the_table_tells_what_the_report_holds(make_job: MakeJob) -> None:
    from rich.console import Console

    job = make_job(DIGITS / "digits.keras", "mps2-an386", calib=DIGITS / "calib.npz", samples=2)
    document = report.to_json(deploy.deploy(job, lambda text: None))
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(report.table(document))
    text = console.export_text()
    assert f"{document['measure']['median']:,} instructions" in text
    assert f"arena {document['firmware']['arena_bytes']:,}" in text
    for memory in document["firmware"]["memory"].values():
        assert sum(memory["owners"].values()) == memory["used_bytes"] < memory["available_bytes"]
        assert f"{memory['used_bytes']:,} bytes of {memory['available_bytes']:,}" in text
    assert set(document["firmware"]["memory"]["flash"]["owners"]) >= {"model", "kernels"}
    assert "not a time" in text and "µs" not in text
    assert "bit-exact with tflite_micro" in text


def test_analyze_profiles_on_the_board(
    make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from tinydeploy.cli import run

    make_job(DIGITS / "digits.keras", "mps2-an386")  # skips where the emulator is missing
    monkeypatch.chdir(tmp_path)
    options = ["--calib", str(DIGITS / "calib.npz"), "--board", "mps2-an386", "--json"]
    assert run(["analyze", str(DIGITS / "digits.keras"), "--profile", *options]) == 0
    profile = json.loads(capsys.readouterr().out)["profile"]
    assert profile["measure"]["unit"] == "instructions"
    layers = sum(layer["instructions"] for layer in profile["layers"])
    assert 0.95 < layers / profile["measure"]["median"] <= 1.05
