"""`port_of`: which serial port is the attached board that the inventory describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinydeploy import ports
from tinydeploy.board import Board
from tinydeploy.errors import DeviceError
from tinydeploy.ports import ANY, Port, Wanted


def port_of(board: Board, place: Mapping[str, Any]) -> Port:
    """The port of `board` now; `place` are the fields of its inventory entry, if it has one.

    DeviceError when it is not there.
    """
    there = ports.attached()
    path = place.get("port") or (place["serial"] if _is_path(place.get("serial", "")) else "")
    if path:
        return ports.choose(there, board, Wanted(path))
    number = place.get("serial") or place.get("id") or ""
    if not number:
        return ports.choose(there, board, ANY)
    for port in there:
        if port.serial_number == number:
            return port
    listed = "; ".join(ports.describe(port) for port in there if port.usb) or "no USB serial port"
    raise DeviceError(
        f"{board.name} with serial number {number} is not attached; there is {listed}",
        f"plug it in, or mend serial in [[inventory]]; {ports.CHARGE_ONLY}",
    )


def _is_path(text: str) -> bool:
    return "/" in text or text.upper().startswith("COM")
