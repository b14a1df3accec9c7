"""Serial ports: which there are, which of them is the board, and why one cannot be opened.

A port's name says nothing and changes; the ids and the serial number of its USB device stay.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

from tinydeploy.board import Board
from tinydeploy.errors import DeviceError

PROC = Path("/proc")
USB_DEVICES = Path("/sys/bus/usb/devices")
MODEM_MANAGER = "ModemManager"
CHARGE_ONLY = "a cable that only charges looks just like this: try another cable and USB port"


@dataclass(frozen=True)
class Port:
    """One serial port. `usb` is `vendor:product` in lower-case hexadecimal; it and the serial
    number are empty where the port has none."""

    device: str
    usb: str = ""
    serial_number: str = ""
    product: str = ""


@dataclass(frozen=True)
class Wanted:
    """What was asked for on the command line: `port` is empty when nothing was."""

    port: str = ""


ANY = Wanted()


Lister = Callable[[], list[Port]]


def attached() -> list[Port]:
    """The serial ports of this machine that belong to a USB device, and named ones that do not."""
    return [
        Port(
            device=port.device,
            usb=f"{port.vid:04x}:{port.pid:04x}" if port.vid is not None else "",
            serial_number=port.serial_number or "",
            product=port.product or (port.description if port.description != "n/a" else ""),
        )
        for port in sorted(list_ports.comports(), key=lambda port: port.device)
    ]


def guess(port: Port, boards: Iterable[Board]) -> list[str]:
    """Ids of the boards that show up with the port's USB ids; of a bridge chip many do."""
    return [board.id for board in boards if port.usb and port.usb in known_ids(board)]


def known_ids(board: Board) -> tuple[str, ...]:
    """All ids of a serial port that is this board."""
    return board.usb.ids + board.usb.bootloader_ids if board.usb else ()


def choose(ports: Sequence[Port], board: Board, wanted: Wanted) -> Port:
    """The port of `board`: the one asked for, else the only one with its USB ids.

    DeviceError when there is none, or several, which are listed.
    """
    if wanted.port:
        found = [port for port in ports if port.device == os.path.realpath(wanted.port)]
        found = found or [port for port in ports if port.device == wanted.port]
        if found:
            return found[0]
        if Path(wanted.port).exists():  # not USB: a UART of this machine, a pty
            return Port(wanted.port)
        raise DeviceError(f"there is no port {wanted.port}", _others(ports))
    found = [port for port in ports if port.usb in known_ids(board)]
    if len(found) == 1:
        return found[0]
    if found:
        listed = "; ".join(describe(port) for port in found)
        raise DeviceError(
            f"{len(found)} ports may be {board.name}: {listed}",
            "choose with --port; `tinydeploy ports` shows who is who",
        )
    raise DeviceError(f"no {board.name} is attached: {_why_none(board)}", _others(ports))


def describe(port: Port) -> str:
    """Everything that tells one port from another, for people."""
    parts = [port.usb, port.serial_number and f"serial number {port.serial_number}", port.product]
    about = ", ".join(part for part in parts if part)
    return f"{port.device} ({about})" if about else port.device


def _others(ports: Sequence[Port]) -> str:
    usb = [port for port in ports if port.usb]
    if not usb:
        return f"plug it in; no USB serial port is there at all; {CHARGE_ONLY}"
    listed = "; ".join(describe(port) for port in usb)
    return f"there is {listed}; if that is it, say so with --port"


def _why_none(board: Board) -> str:
    ids = usb_devices()
    usb = board.usb
    if usb is None:
        return "its TOML names no USB ids, so it takes --port"
    if set(ids) & set(usb.bootloader_disk_ids):
        return (
            "it waits in its bootloader, which has no serial port: press RESET once, or load "
            "project/.pio/build/*/firmware.uf2 or .bin as its maker says"
        )
    if set(ids) & set(known_ids(board)):
        return (
            "its USB device is there, but no serial port for it: the kernel lacks the driver "
            "(cdc_acm, cp210x, ch341), or a container hides /dev"
        )
    return f"no USB device {' or '.join(known_ids(board))}"


def usb_devices() -> list[str]:
    """`vendor:product` of every USB device; empty where this system does not tell (only Linux
    does)."""
    found = []
    for vendor in sorted(USB_DEVICES.glob("*/idVendor")):
        product = vendor.with_name("idProduct")
        if product.is_file():
            found.append(f"{_text(vendor)}:{_text(product)}")
    return found


def trouble(port: Port) -> DeviceError | None:
    """Why `port` cannot be used: permissions, or a program that holds it; None when it can."""
    if sys.platform != "win32" and not os.access(port.device, os.R_OK | os.W_OK):
        return DeviceError(
            f"{port.device}: permission denied",
            "`sudo usermod -aG dialout $USER`, then log in anew; where the port has another group, "
            "PlatformIO's udev rules: https://docs.platformio.org/page/faq/install-udev-rules.html",
        )
    held = holders(port.device)
    if any(name == MODEM_MANAGER for _, name in held):
        return DeviceError(f"ModemManager probes {port.device}", modem_manager_hint())
    if held:
        listed = ", ".join(f"{name} (process {pid})" for pid, name in held)
        return DeviceError(f"{port.device} is in use by {listed}", "end it, then try again")
    return None


def holders(device: str) -> list[tuple[int, str]]:
    """Process id and name of the others that have `device` open, as far as we may see."""
    found = []
    for folder in PROC.glob("[0-9]*"):
        if int(folder.name) == os.getpid():
            continue
        try:
            targets = [link.readlink() for link in (folder / "fd").iterdir()]
            if Path(os.path.realpath(device)) in targets:
                found.append((int(folder.name), _text(folder / "comm")))
        except OSError:  # it ended, or belongs to another user
            continue
    return sorted(found)


def modem_manager_runs() -> bool:
    """Whether ModemManager runs: it tries AT commands on each new port that may be a modem."""
    for comm in PROC.glob("[0-9]*/comm"):
        try:
            if _text(comm) == MODEM_MANAGER:
                return True
        except OSError:  # it ended
            continue
    return False


def modem_manager_hint() -> str:
    """How to keep ModemManager off a board."""
    return (
        "`sudo systemctl stop ModemManager`, or for good a udev rule with "
        'ENV{ID_MM_DEVICE_IGNORE}="1" for the board'
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace").strip()
