"""Runner `host`: the firmware is a program of this machine; its standard streams are a pty."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tinydeploy.board import Board
from tinydeploy.build import Firmware
from tinydeploy.runners.pty import open_pty, running
from tinydeploy.session import Kind, Session

kind: Kind = "host"


@contextmanager
def start(firmware: Firmware, board: Board) -> Iterator[Session]:
    """See `runners.Runner`."""
    with open_pty() as line, running([str(firmware.elf)], line.theirs, line.theirs):
        line.release()
        yield Session(line, kind, firmware.build_id)
