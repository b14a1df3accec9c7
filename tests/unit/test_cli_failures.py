"""What goes wrong most: each is one error with a hint and its exit code, without a traceback."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tinydeploy.cli import run

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "tests" / "golden" / "tiny.tflite"
DIGITS = ROOT / "examples" / "digits" / "digits.keras"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINYDEPLOY_CACHE", str(tmp_path / "cache"))


def failure(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """The error and the hint, which end what is said."""
    *_, error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith("Error: ")
    assert hint.startswith("Hint: ")
    return error, hint


@pytest.mark.parametrize("verb", ["analyze", "quantize", "build"])
@pytest.mark.parametrize("kept", [0, 3, 100, 1500])
def test_a_truncated_tflite(verb: str, kept: int, capsys: pytest.CaptureFixture[str]) -> None:
    Path("cut.tflite").write_bytes(TINY.read_bytes()[:kept])
    options = ["--board", "mps2-an386"] if verb == "build" else []
    assert run([verb, "cut.tflite", *options]) == 2
    assert "cut" in failure(capsys)[0]


def test_calibration_with_nan(capsys: pytest.CaptureFixture[str]) -> None:
    images = np.random.default_rng(0).random((20, 8, 8, 1), np.float32)
    images[7, 3, 3, 0] = np.nan
    np.savez("calib.npz", x=images)
    assert run(["build", str(DIGITS), "--calib", "calib.npz", "--board", "mps2-an386"]) == 2
    assert "nan" in failure(capsys)[0].lower()


def test_no_calibration(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["build", str(DIGITS), "--board", "mps2-an386"]) == 2
    assert "--calib" in failure(capsys)[1]


def test_the_arm_compiler_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(["build", str(TINY), "--board", "mps2-an386"]) == 5
    error, hint = failure(capsys)
    assert "arm-none-eabi-gcc is not installed" in error
    assert "apt-get install gcc-arm-none-eabi" in hint


def test_a_copy_of_the_model_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(TINY, "tiny.tflite")
    assert run(["quantize", "tiny.tflite", "-o", "out.tflite"]) == 0
    assert Path("out.tflite").read_bytes() == TINY.read_bytes()
    assert "used unchanged" in capsys.readouterr().out
