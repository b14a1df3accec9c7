"""The whole line to a board on the bench, and what stops it before it starts."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import toy
from bench import Bench, SimBoard

from tinydeploy import build, deploy, report
from tinydeploy.board import Board, Usb, load_board
from tinydeploy.cli import run
from tinydeploy.deploy import Job

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "golden" / "tiny.tflite"
SKETCH, LOADER = "2341:805a", "2341:005a"
OWN = """
id = "mine"
name = "A board of mine"
cpu = "native"
clock_hz = 1_000_000_000
flash_bytes = 1_073_741_824
ram_bytes = 1_073_741_824
engines = ["aot"]
runners = ["serial"]
port = "host"
[platformio]
board = "mine"
[baremetal]
toolchain = ""
[usb]
ids = ["2341:805a"]
bootloader_ids = ["2341:005a"]
"""


@pytest.fixture
def mine() -> Board:
    """This machine's firmware behind a serial port that is flashed."""
    usb = Usb(ids=(SKETCH,), bootloader_ids=(LOADER,))
    return replace(toy.board("host"), runners=("serial",), usb=usb)


def job(board: Board, folder: Path) -> Job:
    return Job(TINY, board, "aot", "int8", None, None, folder, 3, 7, "balanced")


def test_a_report_of_a_device(mine: Board, bench: Bench, tmp_path: Path) -> None:
    bench.add(SimBoard(late_s=0.02))
    said: list[str] = []
    deploy.deploy(job(mine, tmp_path), said.append)
    document = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["runner"] == {"name": "serial", "kind": "device"}
    assert document["verify"]["bit_exact"] is True
    measure = document["measure"]
    assert (measure["unit"], measure["runs"], measure["warmup"]) == ("us", 7, 1)
    assert 0 < measure["min"] <= measure["median"] <= measure["p95"] <= measure["max"]
    assert document["clock"]["tick_hz"] == 10**9
    assert 0 < document["clock"]["resolution_us"] < 1000
    assert document["clock"]["measured_hz"] is None and document["clock"]["restarts"] == 0
    assert any("in its bootloader" in text for text in said)


def test_a_clock_that_is_not_the_boards_is_told() -> None:
    clock: dict[str, Any] = {
        "tick_hz": 80_000_000,
        "resolution_us": 0.1,
        "expected_hz": 120_000_000,
        "measured_hz": 80_013_000,
        "restarts": 0,
    }
    assert "CPU measured at 80.0 MHz, NOT the 120 MHz" in report._clock_text(clock)
    assert "NOT" not in report._clock_text({**clock, "expected_hz": 80_000_000})
    assert "cannot be read back" in report._clock_text({**clock, "measured_hz": None})


def test_no_board_is_told_before_anything_is_made(
    mine: Board, bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("nothing should be made for a board that is not there")

    monkeypatch.setattr(deploy, "quantize_cached", never)
    for verb in (deploy.flash, deploy.measure, deploy.deploy):
        with pytest.raises(deploy.DeviceError, match="is attached"):
            verb(job(mine, tmp_path), lambda text: None)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(build, "_registry", lambda: False)
    monkeypatch.setenv("TINYDEPLOY_CACHE", str(tmp_path / "cache"))


def test_flash_offline_without_a_board(
    bench: Bench, offline: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both are told, with what works without each."""
    assert run(["flash", str(TINY), "--board", "nano33"]) == 5
    error = capsys.readouterr().err
    assert "needs nordicnrf52@10.11.0 from PlatformIO's registry" in error
    assert "Besides, no Arduino Nano 33 BLE is attached" in error
    assert "`tinydeploy generate` writes the project" in error and "mps2-an386" in error
    assert "a cable that only charges" in error


def test_flash_offline_with_a_board(
    bench: Bench, offline: None, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.add(SimBoard())
    assert run(["flash", str(TINY), "--board", "nano33"]) == 5
    error = capsys.readouterr().err
    assert "registry" in error and "attached" not in error


def test_flash_online_without_a_board(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "_registry", lambda: True)
    assert run(["flash", str(TINY), "--board", "nano33", "--json"]) == 6
    told = json.loads(capsys.readouterr().out)["error"]
    assert told["kind"] == "DeviceError" and "no Arduino Nano 33 BLE" in told["message"]


def test_ones_own_boards(
    bench: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A folder in tinydeploy.toml; its boards are listed, suggested, and flashed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "things").mkdir()
    (tmp_path / "things" / "mine.toml").write_text(OWN, encoding="utf-8")
    (tmp_path / "tinydeploy.toml").write_text('boards = "things"\n', encoding="utf-8")
    assert run(["boards", "--json"]) == 0
    assert "mine" in [board["id"] for board in json.loads(capsys.readouterr().out)]
    assert run(["generate", str(TINY), "--board", "mien"]) == 2
    assert "did you mean 'mine'?" in capsys.readouterr().err
    bench.add(SimBoard())
    assert run(["flash", str(TINY), "--board", "mine", "--baud", "57600", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["device"]["model_name"] == "tiny"
    ini = (tmp_path / "build" / "mine-aot" / "project" / "platformio.ini").read_text()
    assert "-DTD_BAUD=57600" in ini and "monitor_speed = 57600" in ini
    (tmp_path / "things" / "mine.toml").write_text(OWN.replace("ids =", "idz =", 1))
    assert run(["generate", str(TINY), "--board", "mine"]) == 2
    assert "unknown key 'idz'" in capsys.readouterr().err


def test_a_folder_of_boards_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tinydeploy.toml").write_text('boards = "nowhere"\n', encoding="utf-8")
    assert run(["generate", str(TINY), "--board", "host"]) == 2
    assert "no folder of boards nowhere" in capsys.readouterr().err


def test_monitor_shows_and_sends(
    bench: Bench,
    firmware: build.Firmware,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    board = bench.add(SimBoard(usb="10c4:ea60", loader_usb="10c4:ea60"))
    board.upload(firmware)
    reading, writing = os.pipe()
    os.write(writing, b"name\n")
    with os.fdopen(reading) as typed:
        monkeypatch.setattr("sys.stdin", typed)
        assert run(["monitor", "--board", "esp32", "--seconds", "0.6"]) == 0
        os.close(writing)
    assert "m-name-dut-[tinydeploy]\nm-ready\n" in capfd.readouterr().out


def test_monitor_wants_to_know_whom(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["monitor"]) == 2
    assert "neither --board nor --port" in capsys.readouterr().err


def test_every_shipped_board_that_is_flashed_has_usb_ids() -> None:
    from tinydeploy.board import board_ids

    for board in map(load_board, board_ids()):
        assert ("serial" in board.runners) == (board.usb is not None), board.id
