"""RUNNERS: where a firmware runs."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from tinydeploy.board import Board
from tinydeploy.build import Firmware
from tinydeploy.runners import host, qemu
from tinydeploy.session import Kind, Session


class Runner(Protocol):
    """What a module in `runners/` gives. `kind` says what its figures mean: time on a device,
    counts of instructions when emulated, neither on the host."""

    @property
    def kind(self) -> Kind:
        """`device`, `emulated` or `host`."""

    def start(self, firmware: Firmware, board: Board) -> AbstractContextManager[Session]:
        """Run `firmware` and talk to it; whatever was started ends with the block.

        DeviceError when it does not answer or is another build.
        """


RUNNERS: dict[str, Runner] = {"qemu": qemu, "host": host}
