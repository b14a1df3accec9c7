"""`tinydeploy doctor`: what is missing is named with how to get it, and fails."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from tinydeploy import doctor
from tinydeploy.cli import run

PROGRAMS = {
    "gcc": "echo 12.2.0",
    "arm-none-eabi-gcc": "case $1 in -print*) echo /arm/nano.specs;; *) echo 12.2.1;; esac",
    "qemu-system-arm": "echo QEMU emulator version 7.2",
}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing but stand-ins for the programs."""
    for name, body in PROGRAMS.items():
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(doctor, "_version", lambda name: "1.0")
    return tmp_path


def checks(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, object]]:
    document = json.loads(capsys.readouterr().out)
    return {check["name"].split(" (")[0]: check for check in document["checks"]}


def test_all_there(programs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 0
    found = checks(capsys)
    assert found["qemu-system-arm"]["found"] == "QEMU emulator version 7.2"
    assert found["newlib"]["ok"] is True
    assert "PlatformIO's registry" not in found


def test_a_missing_compiler(programs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (programs / "arm-none-eabi-gcc").unlink()
    assert run(["doctor", "--json"]) == 5
    found = checks(capsys)
    assert found["arm-none-eabi-gcc"]["hint"] == "apt-get install gcc-arm-none-eabi"
    assert found["newlib"]["ok"] is False
    assert run(["doctor"]) == 5
    assert "MISSING" in capsys.readouterr().out


def test_a_compiler_without_its_library(programs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """GCC prints the bare name of a file that it does not have."""
    (programs / "arm-none-eabi-gcc").write_text("#!/bin/sh\necho nano.specs\n", encoding="utf-8")
    assert run(["doctor", "--json"]) == 5
    assert checks(capsys)["newlib"]["hint"] == "apt-get install libnewlib-arm-none-eabi"


def test_a_missing_package(
    programs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = {"tensorflow"}
    monkeypatch.setattr(doctor, "_version", lambda name: "" if name in absent else "1.0")
    assert run(["doctor", "--json"]) == 5
    assert checks(capsys)["tensorflow"]["hint"] == "pip install tensorflow"


def test_the_wheel_of_the_oracle_is_not_needed(
    programs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = {"tflite-micro"}
    monkeypatch.setattr(doctor, "_version", lambda name: "" if name in absent else "1.0")
    assert run(["doctor", "--json"]) == 0
    assert checks(capsys)["tflite-micro"]["ok"] is False


@pytest.mark.parametrize(
    ("vid", "pid", "shown"),
    [
        (0x2341, 0x805A, "/dev/null (nano33?)"),
        (0xDEAD, 0xBEEF, "/dev/null"),
        (0, 0, "/dev/null"),
    ],
)
def test_an_attached_board_is_named(
    vid: int, pid: int, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = SimpleNamespace(device="/dev/null", vid=vid, pid=pid)
    monkeypatch.setattr(list_ports, "comports", lambda: [port])
    (check,) = [c for c in doctor.examine(network=False) if c.name == "serial ports"]
    assert check.found == shown


def test_a_port_that_may_not_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    port = SimpleNamespace(device="/nowhere", vid=None, pid=None)
    monkeypatch.setattr(list_ports, "comports", lambda: [port])
    (check,) = [c for c in doctor.examine(network=False) if c.name == "serial ports"]
    assert not check.ok
    assert not check.needed
    assert "dialout" in check.hint


def test_versions_are_read_without_importing() -> None:
    before = set(sys.modules)
    assert doctor._version("numpy")
    assert doctor._version("no-such-distribution") == ""
    assert "tensorflow" not in set(sys.modules) - before
