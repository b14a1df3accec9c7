"""RUNNERS: where a firmware runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from tinydeploy.board import Board
from tinydeploy.build import Firmware
from tinydeploy.ports import Wanted
from tinydeploy.runners import host, qemu, renode, rp2040js, serial
from tinydeploy.session import Kind, Session

Say = Callable[[str], None]


class Runner(Protocol):
    """What a module in `runners/` gives. `kind` says what its figures mean: time on a device,
    counts of instructions when emulated, neither on the host."""

    @property
    def kind(self) -> Kind:
        """`device`, `emulated` or `host`."""

    def check(self, board: Board, wanted: Wanted) -> None:
        """Before anything is built: ToolError or DeviceError when `start` could not work now."""

    def start(
        self, firmware: Firmware, board: Board, wanted: Wanted = ..., say: Say = ...
    ) -> AbstractContextManager[Session]:
        """Run `firmware` and talk to it; whatever was started ends with the block. `wanted` is
        which port to use, `say` gets what a person must know or do meanwhile.

        DeviceError when it does not answer or is another build.
        """


RUNNERS: dict[str, Runner] = {
    "qemu": qemu,
    "renode": renode,
    "rp2040js": rp2040js,
    "host": host,
    "serial": serial,
}
