"""A board that is flashed: which port it is, and how it is found again."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import toy
from bench import LOADER, SKETCH, Bench, SimBoard

from tinydeploy import ports
from tinydeploy.board import Board, Usb
from tinydeploy.build import Firmware
from tinydeploy.errors import DeviceError, ToolError
from tinydeploy.ports import Port, Wanted
from tinydeploy.runners import serial

pytestmark = pytest.mark.slow

CP2102 = "10c4:ea60"


def run(firmware: Firmware, board: Board, port: str = "") -> list[str]:
    """Flash and infer; what was said meanwhile."""
    said: list[str] = []
    with serial.start(firmware, board, Wanted(port), said.append) as session:
        assert session.kind == "device"
        assert session.info.build_id == firmware.build_id
        assert session.infer(toy.INPUTS) == [toy.output(toy.INPUTS)]
    return said


def test_it_comes_back_under_another_name(firmware: Firmware, nano: Board, bench: Bench) -> None:
    board = bench.add(SimBoard(late_s=0.05))
    first = board.plug
    assert first is not None
    said = run(firmware, nano)
    assert bench.uploads != [first.port.device]
    assert said == [f"restarting {first.port.device} in its bootloader (a touch at 1200 baud)"]


def test_it_is_found_beside_another_of_its_kind(
    firmware: Firmware, nano: Board, bench: Bench
) -> None:
    other = bench.add(SimBoard("FFFF"))
    board = bench.add(SimBoard(late_s=0.1))
    assert board.plug is not None and other.plug is not None
    run(firmware, nano, board.plug.port.device)
    assert other.elf is None and board.elf == firmware.elf


def test_a_new_board_beside_it_is_not_taken_for_it(
    firmware: Firmware, nano: Board, bench: Bench
) -> None:
    """Plugged in while ours restarts, of the same kind, in its bootloader even."""
    board = bench.add(SimBoard(late_s=0.2))

    def plug_in() -> None:
        if board.plug is None and len(bench.boards) == 1:
            bench.add(SimBoard("FFFF", usb=LOADER, loader_usb=LOADER))

    bench.before_listing = plug_in
    run(firmware, nano)
    assert len(bench.boards) == 2 and bench.boards[1].elf is None


def test_a_bootloader_with_a_longer_number_is_the_same_board(
    firmware: Firmware, nano: Board, bench: Bench
) -> None:
    bench.add(SimBoard("36c1a6b9", loader_number="0000000036C1A6B9"))
    run(firmware, nano)


def test_a_bootloader_with_another_number_is_taken_when_no_other_comes(
    firmware: Firmware, nano: Board, bench: Bench
) -> None:
    bench.add(SimBoard("AAAA", loader_number="BBBB"))
    start = time.monotonic()
    run(firmware, nano)
    assert time.monotonic() - start > 0.4


def test_a_bootloader_without_a_number_is_the_new_port(
    firmware: Firmware, nano: Board, bench: Bench
) -> None:
    bench.add(SimBoard("FFFF"))
    board = bench.add(SimBoard("", late_s=0.05))
    assert board.plug is not None
    run(firmware, nano, board.plug.port.device)
    assert board.elf == firmware.elf


def test_a_board_in_its_bootloader_needs_no_touch(
    firmware: Firmware, nano: Board, bench: Bench
) -> None:
    board = bench.add(SimBoard())
    board.enter_loader()
    assert run(firmware, nano) == []


def test_double_tap_is_asked_for_and_noticed(firmware: Firmware, nano: Board, bench: Bench) -> None:
    board = bench.add(SimBoard(stays_away=True))
    said: list[str] = []

    def hear(text: str) -> None:
        said.append(text)
        if "double-tap RESET now" in text:
            board.press_reset()

    with serial.start(firmware, nano, Wanted(), hear) as session:
        assert session.infer(toy.INPUTS) == [toy.output(toy.INPUTS)]
    assert board.pressed == 1
    assert "its bootloader did not come back in 0.4 s: double-tap RESET now" in said[1]
    assert "Arduino Nano 33 BLE is back as " in said[2]


def test_nobody_taps(firmware: Firmware, nano: Board, bench: Bench) -> None:
    bench.add(SimBoard(stays_away=True))
    start = time.monotonic()
    with (
        pytest.raises(DeviceError, match=r"awaited for 0.4 s, and for 0.8 s more") as raised,
        serial.start(firmware, nano),
    ):
        pass
    assert 1.2 <= time.monotonic() - start < 4
    assert "double-tap RESET" in raised.value.hint and "charges" in raised.value.hint


def test_it_does_not_come_back_after_the_upload(
    firmware: Firmware, nano: Board, bench: Bench
) -> None:
    board = bench.add(SimBoard(stays_away_after_upload=True))
    said: list[str] = []

    def hear(text: str) -> None:
        said.append(text)
        if "RESET now" in text:
            board.press_reset()

    with serial.start(firmware, nano, Wanted(), hear) as session:
        assert session.info.build_id == firmware.build_id
    assert any("its port did not come back" in text for text in said)


def test_a_stale_build_is_never_measured(
    firmware: Firmware, stale: Firmware, nano: Board, bench: Bench
) -> None:
    bench.add(SimBoard(flashed=stale))
    with (
        pytest.raises(DeviceError, match=f"is build {stale.build_id}, not {firmware.build_id}"),
        serial.start(firmware, nano),
    ):
        pass


def test_a_bridge_keeps_its_port(firmware: Firmware, esp: Board, bench: Bench) -> None:
    board = bench.add(SimBoard(usb=CP2102, loader_usb=CP2102, boot=b"\xfe\x00ets Jun  8 2016\r\n"))
    assert board.plug is not None
    assert run(firmware, esp) == []
    assert bench.uploads == [board.plug.port.device]


def test_it_answers_at_another_baud_rate(firmware: Firmware, esp: Board, bench: Bench) -> None:
    bench.add(SimBoard(usb=CP2102, loader_usb=CP2102, baud=4098))  # termios: B115200 is 4098
    said = run(firmware, replace(esp, baud=921600))
    assert said[-1].endswith("answers at 115200 baud, not at 921600")


def test_silence_at_every_baud_rate(firmware: Firmware, esp: Board, bench: Bench) -> None:
    bench.add(SimBoard(usb=CP2102, loader_usb=CP2102, silent=True))
    with (
        pytest.raises(DeviceError, match="did not answer for 1 s; not one byte came") as raised,
        serial.start(firmware, esp),
    ):
        pass
    assert "baud rate" in raised.value.hint


def test_native_usb_has_no_other_baud_rate(firmware: Firmware, nano: Board, bench: Bench) -> None:
    bench.add(SimBoard(silent=True))
    start = time.monotonic()
    with pytest.raises(DeviceError, match="not one byte came"), serial.start(firmware, nano):
        pass
    assert time.monotonic() - start < 2.5


def test_several_candidates_are_listed(firmware: Firmware, nano: Board, bench: Bench) -> None:
    bench.add(SimBoard("AAAA"))
    bench.add(SimBoard("BBBB"))
    with pytest.raises(DeviceError, match="2 ports may be Arduino Nano 33 BLE") as raised:
        serial.check(nano, Wanted())
    assert "serial number AAAA" in raised.value.message
    assert "serial number BBBB" in raised.value.message
    assert "--port" in raised.value.hint
    assert bench.uploads == []


def test_another_kind_of_board_is_not_taken(nano: Board, bench: Bench) -> None:
    bench.add(SimBoard("1234", usb="2e8a:000a"))
    with pytest.raises(DeviceError, match="no Arduino Nano 33 BLE is attached") as raised:
        serial.check(nano, Wanted())
    assert "2e8a:000a, serial number 1234" in raised.value.hint
    assert "--port" in raised.value.hint


def test_no_board_and_a_cable_that_only_charges(nano: Board, bench: Bench) -> None:
    with pytest.raises(DeviceError, match="no USB device 2341:805a or 2341:005a") as raised:
        serial.check(nano, Wanted())
    assert "a cable that only charges looks just like this" in raised.value.hint


def test_a_device_without_a_port(
    nano: Board, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "usb_devices", lambda: [SKETCH])
    with pytest.raises(DeviceError, match="no serial port for it: the kernel lacks the driver"):
        serial.check(nano, Wanted())


def test_a_bootloader_without_a_port(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from tinydeploy.board import load_board

    monkeypatch.setattr(ports, "usb_devices", lambda: ["2e8a:0003"])
    with pytest.raises(DeviceError, match="waits in its bootloader, which has no serial port"):
        serial.check(load_board("pico"), Wanted())


def test_a_port_that_is_not_there(nano: Board, bench: Bench) -> None:
    with pytest.raises(DeviceError, match="there is no port /dev/ttyNONE"):
        serial.check(nano, Wanted("/dev/ttyNONE"))


def test_a_port_that_is_asked_for_need_not_be_usb(
    firmware: Firmware, esp: Board, bench: Bench
) -> None:
    """A UART of this machine has neither ids nor a serial number."""
    board = bench.add(SimBoard("", usb="", loader_usb=""))
    assert board.plug is not None
    run(firmware, esp, board.plug.port.device)


def test_permissions(nano: Board, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.add(SimBoard())
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(DeviceError, match="permission denied") as raised:
        serial.check(nano, Wanted())
    assert "dialout" in raised.value.hint and "udev" in raised.value.hint


def test_permissions_that_come_late(
    firmware: Firmware, nano: Board, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """udev changes a new port's group some time after the port is there."""
    bench.add(SimBoard())
    real, late = ports.trouble, [DeviceError("permission denied")] * 3

    def trouble(port: Port) -> DeviceError | None:
        return late.pop() if bench.uploads and late else real(port)

    monkeypatch.setattr(ports, "trouble", trouble)
    run(firmware, nano)
    assert late == []


def test_the_upload_tool_fails(
    firmware: Firmware, nano: Board, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.add(SimBoard())

    def fail(firmware: Firmware, port: str) -> None:
        raise ToolError("`pio run` failed with exit code 1\nNo device found")

    monkeypatch.setattr(serial, "upload", fail)
    with pytest.raises(ToolError, match="No device found") as raised, serial.start(firmware, nano):
        pass
    assert "press RESET" in raised.value.hint
    monkeypatch.setattr(ports, "modem_manager_runs", lambda: True)
    with pytest.raises(ToolError) as raised, serial.start(firmware, nano):
        pass
    assert "systemctl stop ModemManager" in raised.value.hint


def test_the_port_goes_during_the_upload(
    firmware: Firmware, nano: Board, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = bench.add(SimBoard())

    def fail(firmware: Firmware, port: str) -> None:
        board.unplug()
        raise ToolError("`pio run` failed with exit code 1")

    monkeypatch.setattr(serial, "upload", fail)
    with (
        pytest.raises(DeviceError, match="went away during the upload"),
        serial.start(firmware, nano),
    ):
        pass


def test_a_board_without_usb_ids_takes_port(esp: Board, bench: Bench) -> None:
    with pytest.raises(DeviceError, match="names no USB ids, so it takes --port"):
        serial.check(replace(esp, usb=None), Wanted())


def test_guesses(nano: Board, esp: Board) -> None:
    boards = [nano, esp, replace(esp, id="mine", usb=Usb((CP2102,)))]
    assert ports.guess(Port("a", LOADER), boards) == ["nano33"]
    assert ports.guess(Port("a", CP2102), boards) == ["esp32", "mine"]
    assert ports.guess(Port("a"), boards) == []
