"""Verbs for what is plugged in: ports, monitor."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Annotated

import typer

from tinydeploy.board import Board, board_ids, load_board
from tinydeploy.cli.facts import show_table
from tinydeploy.cli.options import (
    BaudOption,
    BoardOption,
    JsonOption,
    PortOption,
    any_board,
    own_boards,
)
from tinydeploy.cli.output import print_json
from tinydeploy.errors import DeviceError, UsageError

if TYPE_CHECKING:
    from tinydeploy.ports import Port
    from tinydeploy.transport import SerialPort

BAUD = 115200
BACK_S = 10.0
READ_S = 0.2


def ports(as_json: JsonOption = False) -> None:
    """List the serial ports: which board each may be, its USB ids, and what keeps it from use."""
    from tinydeploy.ports import CHARGE_ONLY, attached, guess, trouble

    own = own_boards()
    boards = [load_board(name, own) for name in board_ids(own)]
    rows = []
    for port in attached():
        error = trouble(port)
        rows.append(
            {
                "port": port.device,
                "boards": guess(port, boards),
                "usb": port.usb,
                "serial_number": port.serial_number,
                "product": port.product,
                "trouble": error.message if error else "",
                "hint": error.hint if error else "",
            }
        )
    if as_json:
        print_json(rows)
        return
    if not rows:
        print(f"no serial ports; when a board is plugged in: {CHARGE_ONLY}", file=sys.stderr)
        return
    head = ["port", "may be", "usb", "serial number", "product", "trouble"]
    show_table(head, [[_cell(row[key]) for key in list(row)[:6]] for row in rows])


def _cell(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def monitor(
    board: BoardOption = "",
    port: PortOption = "",
    baud: BaudOption = 0,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0, metavar="S", help="End after so long; 0: never.")
    ] = 0,
) -> None:
    """Show what a board says, and send it each line typed as a command; Ctrl-C ends it.

    The board is followed when its port goes and comes back, under whatever name.
    """
    from tinydeploy.ports import Wanted, attached, choose

    if not board and not port:
        raise UsageError("neither --board nor --port given", "`tinydeploy ports` lists the ports")
    known = any_board(board) if board else None
    found = choose(attached(), known or _nameless(), Wanted(port))
    speed = baud or (known.baud if known else BAUD)
    print(f"{found.device} at {speed} baud; Ctrl-C ends", file=sys.stderr)
    end = time.monotonic() + seconds if seconds else float("inf")
    while time.monotonic() < end:
        try:
            _show(found.device, speed, end)
        except DeviceError as error:
            print(f"\n{error.message}; waiting for it", file=sys.stderr)
            found = _back(found)


def _show(device: str, baud: int, end: float) -> None:
    """Until time `end` or the port is gone."""
    from tinydeploy.transport import SerialPort

    line = SerialPort(device, baud)
    threading.Thread(target=_send_typed, args=(line,), daemon=True).start()
    try:
        while time.monotonic() < end:
            sys.stdout.write(line.read(READ_S).decode("ascii", errors="replace").replace("\r", ""))
            sys.stdout.flush()
    finally:
        line.close()


def _send_typed(line: SerialPort) -> None:
    """Each line of standard input as a command; a `%` at its end is not needed."""
    for text in sys.stdin:
        try:
            line.write(text.strip().removesuffix("%").encode() + b"%")
        except DeviceError:
            return


def _back(port: Port) -> Port:
    """The port of the same USB device, once it is there again."""
    from tinydeploy.ports import attached

    end = time.monotonic() + BACK_S
    while time.monotonic() < end:
        for other in attached():
            same = port.serial_number and other.serial_number == port.serial_number
            if same or other.device == port.device:
                return other
        time.sleep(READ_S)
    raise DeviceError(f"{port.device} did not come back in {BACK_S:g} s", "plug it in again")


def _nameless() -> Board:
    """Any board: with --port its USB ids do not matter."""
    return load_board(board_ids()[0])
