"""Runner `rp2040js`: a Raspberry Pi Pico emulated in JavaScript; its UART is a pty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tinydeploy.board import Board, Rp2040js, table
from tinydeploy.build import Firmware, cache_dir
from tinydeploy.errors import ToolError
from tinydeploy.ports import ANY, Wanted
from tinydeploy.runners.pty import open_pty, running
from tinydeploy.session import Kind, Session
from tinydeploy.tools import find

kind: Kind = "emulated"

_PROGRAM = Path(__file__).with_name("rp2040.mjs")


def check(board: Board, wanted: Wanted) -> None:
    """See `runners.Runner`: Node.js and the emulator are there."""
    _node()
    _package(_emulator(board))


def _emulator(board: Board) -> Rp2040js:
    return table(board, "rp2040js", board.rp2040js)


def _node() -> str:
    return find("node", "apt-get install nodejs npm")


def _package(emulator: Rp2040js) -> Path:
    """The emulator's folder, which npm makes."""
    home = cache_dir() / f"rp2040js-{emulator.version}"
    package = home / "node_modules" / "rp2040js"
    if not (package / "package.json").is_file():
        raise ToolError(
            f"the emulator rp2040js {emulator.version} is not installed",
            f"npm install --prefix {home} rp2040js@{emulator.version}",
        )
    return package


@contextmanager
def start(
    firmware: Firmware,
    board: Board,
    wanted: Wanted = ANY,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[Session]:
    """See `runners.Runner`. ToolError when Node.js or the emulator is missing."""
    emulator = _emulator(board)
    command = [
        *(_node(), str(_PROGRAM), str(_package(emulator))),
        *(str(firmware.elf), str(emulator.instruction_ns)),
    ]
    with open_pty() as line, running(command, line.theirs, line.theirs):
        line.release()
        yield Session(line, kind, firmware.build_id)
