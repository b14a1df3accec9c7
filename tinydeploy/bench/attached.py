"""`held`: the attached board that the inventory describes, ours alone for a while."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tinydeploy import ports
from tinydeploy.bench.locks import hold
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


@contextmanager
def held(
    board: Board, place: Mapping[str, Any], what: str, wait_s: float, say: Callable[[str], None]
) -> Iterator[Wanted]:
    """The port of `board`, ours alone within the block; `what` tells others who has it.

    The lock is of its USB serial number, which all ways to use a board know it by. DeviceError when
    it is not there, or another has it for longer than `wait_s`.
    """
    port = port_of(board, place)
    name = port.serial_number or os.path.realpath(port.device)
    with hold(name, what, wait_s, say):
        # It may have got another name while another had it.
        yield Wanted(port_of(board, place).device)


def _is_path(text: str) -> bool:
    return "/" in text or text.upper().startswith("COM")
