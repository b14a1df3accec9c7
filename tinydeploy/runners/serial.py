"""Runner `serial`: a real board, flashed by its upload tool and talked to over its serial port.

The board is followed by its USB serial number: its port may go, come back late, and have another
name. Nothing is measured before `td info` told the build that was just flashed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tinydeploy import ports
from tinydeploy.board import Board
from tinydeploy.build import Firmware, upload
from tinydeploy.errors import DeviceError, ToolError
from tinydeploy.ports import ANY, Port, Wanted
from tinydeploy.session import Kind, Session
from tinydeploy.transport import SerialPort, touch
from tinydeploy.wire import SilentDevice

kind: Kind = "device"

TOUCH_BAUD = 1200
OTHER_BAUDS = (115200, 921600, 460800, 230400, 57600, 9600)

Say = Callable[[str], None]


@dataclass(frozen=True)
class Limits:
    """How long what may take, in seconds: the board to come back by itself, a person to press
    RESET, the firmware to answer, and to answer at a baud rate that is not its own."""

    back_s: float = 10.0
    reset_s: float = 60.0
    answer_s: float = 10.0
    other_baud_s: float = 1.5
    poll_s: float = 0.1


LIMITS = Limits()


def check(board: Board, wanted: Wanted) -> None:
    """DeviceError when the board cannot be reached right now."""
    port = ports.choose(ports.attached(), board, wanted)
    if error := ports.trouble(port):
        raise error


@contextmanager
def start(
    firmware: Firmware, board: Board, wanted: Wanted = ANY, say: Say = lambda text: None
) -> Iterator[Session]:
    """See `runners.Runner`."""
    check(board, wanted)
    before = ports.attached()
    port = ports.choose(before, board, wanted)
    others = [other for other in before if other != port]
    port = _flash(firmware, board, port, others, say)
    ids = (port.usb,) if port.usb else ()

    def again() -> str:
        found = _await(port, ids, others, LIMITS.back_s)
        return (found or _after_reset(board, port, ids, others, say)).device

    line = SerialPort(port.device, board.baud, again)
    try:
        yield _greet(line, firmware, board, port, say)
    finally:
        line.close()


def _flash(firmware: Firmware, board: Board, port: Port, others: list[Port], say: Say) -> Port:
    """Load the firmware; the port under which the board is back."""
    loader = _bootloader(board, port, others, say)
    try:
        upload(firmware, loader.device)
    except ToolError as error:
        raise _upload_failed(error, loader) from None
    ids = board.usb.ids if board.usb and port.usb else ()
    return _await(port, ids, others, LIMITS.back_s) or _after_reset(board, port, ids, others, say)


def _bootloader(board: Board, port: Port, others: list[Port], say: Say) -> Port:
    """The port to upload through: where the board has a bootloader with a port of its own, that."""
    ids = board.usb.bootloader_ids if board.usb else ()
    if not ids or port.usb in ids or not port.usb:
        return port
    say(f"restarting {port.device} in its bootloader (a touch at {TOUCH_BAUD} baud)")
    touch(port.device, TOUCH_BAUD)
    found = _await(port, ids, others, LIMITS.back_s)
    return found or _after_reset(board, port, ids, others, say, "its bootloader")


def _after_reset(
    board: Board, port: Port, ids: Collection[str], others: list[Port], say: Say, what: str = ""
) -> Port:
    """The board's port once a person has pressed RESET; DeviceError when it does not come."""
    what = what or "its port"
    press = "double-tap RESET now" if board.usb and board.usb.bootloader_ids else "press RESET now"
    say(f"{board.name}: {what} did not come back in {LIMITS.back_s:g} s: {press}")
    found = _await(port, ids, others, LIMITS.reset_s)
    if found is None:
        raise DeviceError(
            f"{board.name} did not come back: {what} was awaited for {LIMITS.back_s:g} s, and for "
            f"{LIMITS.reset_s:g} s more with a hand on RESET",
            f"unplug it, plug it in again and {press.removesuffix(' now')}; {ports.CHARGE_ONLY}",
        )
    say(f"{board.name} is back as {found.device}")
    return found


def _await(port: Port, ids: Collection[str], others: list[Port], limit_s: float) -> Port | None:
    """The board that was `port`, with one of `ids`, within `limit_s`; None when it does not come.

    A new port with another serial number is taken at the end only: it may be another board, or a
    bootloader that tells another number. DeviceError when the board came, but may still not be
    opened: the system sets permissions later.
    """
    end = time.monotonic() + limit_s
    while True:
        found = _same_board(port, ids, others, any_number=time.monotonic() >= end)
        error = None if found is None else ports.trouble(found)
        if found is not None and error is None:
            return found
        if time.monotonic() >= end:
            if error is not None:
                raise error
            return None
        time.sleep(LIMITS.poll_s)


def _same_board(
    port: Port, ids: Collection[str], others: list[Port], any_number: bool
) -> Port | None:
    """Among the ports there are, the board that was `port`: by its USB serial number, or by being
    the only new one where there is no number to go by."""
    there = [p for p in ports.attached() if p.usb in ids] if ids else ports.attached()
    if not port.usb:
        return next((p for p in there if p.device == port.device), port)
    same = [p for p in there if _same_number(p.serial_number, port.serial_number)]
    new = [
        p
        for p in there
        if p not in others and (any_number or not p.serial_number or not port.serial_number)
    ]
    found = same or new
    return found[0] if len(found) == 1 else None


def _same_number(one: str, other: str) -> bool:
    """A bootloader may tell more or fewer leading digits of the same number."""
    return bool(one and other) and (one.endswith(other) or other.endswith(one))


def _greet(line: SerialPort, firmware: Firmware, board: Board, port: Port, say: Say) -> Session:
    """A session with the firmware just flashed, at another baud rate when only that is answered."""
    try:
        return Session(line, kind, firmware.build_id, LIMITS.answer_s)
    except SilentDevice as silence:
        if board.usb is None or not board.usb.bridge:  # native USB has no baud rate
            raise
        for baud in OTHER_BAUDS:
            if baud == board.baud or not line.set_baud(baud):
                continue
            try:
                session = Session(line, kind, firmware.build_id, LIMITS.other_baud_s)
            except SilentDevice:
                continue
            say(f"{port.device} answers at {baud} baud, not at {board.baud}")
            return session
        raise silence from None


def _upload_failed(error: ToolError, port: Port) -> ToolError | DeviceError:
    """What kept the upload tool from working, where that can be told."""
    if port.usb and port.device not in [p.device for p in ports.attached()]:
        return DeviceError(
            f"{port.device} went away during the upload: {error.message}",
            f"hold the plug still and try again; {ports.CHARGE_ONLY}",
        )
    if ports.modem_manager_runs():
        return ToolError(error.message, f"ModemManager may disturb: {ports.modem_manager_hint()}")
    return ToolError(
        error.message,
        "press RESET (twice on boards with a USB bootloader; BOOT held meanwhile on an ESP32), "
        "then try again; -v shows the upload tool's command",
    )
