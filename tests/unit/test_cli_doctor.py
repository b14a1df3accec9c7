"""`tinydeploy doctor`: what is missing is named with how to get it, and fails."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from tinydeploy import doctor, ports
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


def usb_port(device: str, vid: int | None, pid: int | None) -> SimpleNamespace:
    """A port as pyserial lists it."""
    return SimpleNamespace(
        device=device, vid=vid, pid=pid, serial_number="", product="", description="n/a"
    )


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
    port = usb_port("/dev/null", vid, pid)
    monkeypatch.setattr(list_ports, "comports", lambda: [port])
    (check,) = [c for c in doctor.examine(network=False) if c.name == "serial ports"]
    assert check.found == shown


def test_a_port_that_may_not_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    port = usb_port("/nowhere", None, None)
    monkeypatch.setattr(list_ports, "comports", lambda: [port])
    (check,) = [c for c in doctor.examine(network=False) if c.name == "serial ports"]
    assert not check.ok
    assert not check.needed
    assert "dialout" in check.hint


def test_a_port_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By a program of ours, by ModemManager: /proc tells both."""
    device = tmp_path / "ttyACM0"
    device.touch()
    process(tmp_path / "proc" / "77", "screen", device)
    monkeypatch.setattr(ports, "PROC", tmp_path / "proc")
    monkeypatch.setattr(list_ports, "comports", lambda: [usb_port(str(device), 0x2341, 0x805A)])
    found = {check.name: check for check in doctor.examine(network=False)}
    assert f"{device} is in use by screen (process 77)" in found["serial ports"].hint
    assert "no ModemManager" not in found
    process(tmp_path / "proc" / "78", "ModemManager", device)
    found = {check.name: check for check in doctor.examine(network=False)}
    assert f"ModemManager probes {device}" in found["serial ports"].hint
    assert "systemctl stop ModemManager" in found["no ModemManager"].hint
    assert run(["ports", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["boards"] == ["nano33"] and row["usb"] == "2341:805a"
    assert "ModemManager" in row["trouble"]


def process(folder: Path, name: str, opened: Path) -> None:
    """A process as /proc shows it."""
    (folder / "fd").mkdir(parents=True)
    (folder / "comm").write_text(f"{name}\n", encoding="utf-8")
    (folder / "fd" / "3").symlink_to(opened)


def test_no_port_may_be_a_bad_cable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(list_ports, "comports", list)
    (check,) = [c for c in doctor.examine(network=False) if c.name == "serial ports"]
    assert check.ok and "a cable that only charges" in check.hint
    assert run(["ports"]) == 0
    assert "a cable that only charges" in capsys.readouterr().err


def test_a_bootloader_without_a_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("idVendor", "2e8a\n"), ("idProduct", "0003\n")):
        (tmp_path / "1-1").mkdir(exist_ok=True)
        (tmp_path / "1-1" / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(ports, "USB_DEVICES", tmp_path)
    (check,) = [c for c in doctor.examine(network=False) if "Pico" in c.name]
    assert check.found == "in its bootloader" and "RESET" in check.hint


def test_versions_are_read_without_importing() -> None:
    before = set(sys.modules)
    assert doctor._version("numpy")
    assert doctor._version("no-such-distribution") == ""
    assert "tensorflow" not in set(sys.modules) - before
