"""The command line: usage errors, exit codes, one JSON document, start-up."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tflite

from tinydeploy import __version__, deploy, errors
from tinydeploy.board import board_ids
from tinydeploy.cli import run
from tinydeploy.ops import OPS
from tinydeploy.ops.missing import OF_TFLM
from tinydeploy.tools import data_dir

ALL_ERRORS = [
    (errors.UsageError, 2),
    (errors.UnsupportedOp, 3),
    (errors.DoesNotFit, 4),
    (errors.ToolError, 5),
    (errors.DeviceError, 6),
    (errors.Mismatch, 7),
]


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A file that only has to exist."""
    path = tmp_path / "m.tflite"
    path.write_bytes(b"")
    return str(path)


def two_lines(text: str) -> tuple[str, str]:
    """The message and the hint, when that is all there is."""
    error, hint = text.splitlines()
    return error.removeprefix("Error: "), hint.removeprefix("Hint: ")


def test_boards_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["boards", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [board["id"] for board in found] == board_ids()
    wanted = {"id", "cpu", "clock_hz", "flash_bytes", "ram_bytes", "engines", "runners"}
    assert all(wanted <= board.keys() for board in found)


@pytest.mark.parametrize("options", [[], ["--markdown"]])
def test_boards_for_people_names_every_board(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["boards", *options]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in board_ids())


def test_ops_tells_the_shapes_in_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ops"]) == 0
    assert "filter [outputs, inputs]" in capsys.readouterr().out


def test_ops_tells_what_runs_nowhere_and_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ops", "--json"]) == 0
    rows = {row["op"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["WHILE"] == {
        "op": "WHILE",
        "dtypes": [],
        "cpus": [],
        "resolver": "",
        "what": "not run: unroll the loop",
    }
    assert rows["ADD"]["dtypes"] == ["int8", "int16", "int32", "float32"]
    assert not set(OF_TFLM) & set(OPS)
    assert {name for name in OF_TFLM if " " not in name} <= set(vars(tflite.BuiltinOperator))


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


def test_nothing_typed_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "deploy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["depoy"], "'deploy'"),
        (["boards", "--jsn"], "--json"),
        (["deploy", "M", "--board", "mps2-an387"], "'mps2-an386'"),
        (["deploy", "M", "--board", "mps2-an386", "--engine", "aott"], "'aot'"),
        (["deploy", "M", "--board", "mps2-an386", "--scheme", "int9"], "'int8'"),
        (["deploy", "M", "--board", "mps2-an386", "--optimize", "sped"], "'speed'"),
    ],
)
def test_a_typo_is_named_with_what_was_meant(
    arguments: list[str], said: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([model if a == "M" else a for a in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in "".join(two_lines(captured.err))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["deploy"], "no model given"),
        (["deploy", "nowhere.keras", "--board", "host"], "no such model: nowhere.keras"),
        (["deploy", "M"], "no board given"),
        (["deploy", "M", "--board", "host", "--engine", "tflm"], "no engine 'tflm'"),
        (["build", "M", "--board", "host", "--calib", "none.npz"], "--calib: no such file"),
        (["deploy", "M", "--board", "host", "--samples", "0"], "--samples"),
        (["init"], "MODEL"),
    ],
)
def test_what_is_missing_is_named(
    arguments: list[str], said: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([model if a == "M" else a for a in arguments]) == 2
    error, hint = two_lines(capsys.readouterr().err)
    assert said.lower() in error.lower()
    assert hint


def test_a_board_without_a_runner_is_only_built(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = (data_dir("boards") / "host.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(shipped.replace('runners = ["host"]', "runners = []"), encoding="utf-8")
    assert run(["deploy", model, "--board", str(path)]) == 2
    error, hint = two_lines(capsys.readouterr().err)
    assert "no runner" in error
    assert "tinydeploy build" in hint


@pytest.mark.parametrize(("kind", "code"), ALL_ERRORS)
def test_every_error_has_its_exit_code(
    kind: type[errors.TinydeployError],
    code: int,
    model: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: Any) -> None:
        raise kind("what is wrong", "what to do")

    monkeypatch.setattr(deploy, "build", fail)
    assert run(["build", model, "--board", "host", "--json"]) == code
    captured = capsys.readouterr()
    assert two_lines(captured.err) == ("what is wrong", "what to do")
    assert json.loads(captured.out)["error"] == {
        "kind": kind.__name__,
        "message": "what is wrong",
        "hint": "what to do",
        "exit_code": code,
    }


def test_ctrl_c_is_one_line(
    model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deploy, "build", interrupt)
    assert run(["build", model, "--board", "host"]) == 130
    assert capsys.readouterr().err.strip() == "Error: interrupted"


def test_a_defect_is_not_hidden(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(deploy, "build", fail)
    with pytest.raises(ZeroDivisionError):
        run(["build", model, "--board", "host"])


def python(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)


@pytest.mark.parametrize("arguments", [["boards"], ["--help"], ["deploy", "--help"]])
def test_a_verb_that_converts_nothing_imports_nothing_slow(arguments: list[str]) -> None:
    slow = ["tensorflow", "keras", "numpy", "platformio", "tflite", "tflite_micro", "jinja2"]
    code = f"from tinydeploy.cli import run; import sys; run({arguments}); print(*sys.modules)"
    loaded = python(code).stdout.splitlines()[-1].split()
    assert "tinydeploy.board" in loaded
    assert not set(slow) & set(loaded)


def test_start_up_stays_under_its_budget() -> None:
    """In modules loaded, which is what start-up time goes into and the same on every machine."""
    code = "from tinydeploy.cli import run; import sys; run(['boards']); print(*sys.modules)"
    loaded = python(code).stdout.splitlines()[-1].split()
    assert sum(name.startswith("tinydeploy") for name in loaded) <= 30
    assert len(loaded) <= 420
