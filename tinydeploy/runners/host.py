"""Runner `host`: the firmware is a program of this machine; its standard streams are a pty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tinydeploy.board import Board
from tinydeploy.build import Firmware
from tinydeploy.ports import ANY, Wanted
from tinydeploy.runners.pty import open_pty, running
from tinydeploy.session import Kind, Session

kind: Kind = "host"


def check(board: Board, wanted: Wanted) -> None:
    """See `runners.Runner`: this machine is always there."""


@contextmanager
def start(
    firmware: Firmware,
    board: Board,
    wanted: Wanted = ANY,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[Session]:
    """See `runners.Runner`."""
    with open_pty() as line, running([str(firmware.elf)], line.theirs, line.theirs):
        line.release()
        yield Session(line, kind, firmware.build_id)
