"""An arena that turns out too small on the board: built once more with what the board needs.

The firmware is this machine's; what it says of its arena is changed on the line, as a library with
other kernels would say it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import toy
from bench import Bench, SimBoard

from tinydeploy import deploy
from tinydeploy.board import Board, Tflm, Usb
from tinydeploy.build import Firmware
from tinydeploy.deploy import Job
from tinydeploy.engines import ENGINES
from tinydeploy.engines.tflm import to_start, with_margin
from tinydeploy.errors import ArenaTooSmall, DeviceError
from tinydeploy.tflite import read

pytestmark = pytest.mark.slow

TINY = Path(__file__).parents[1] / "golden" / "tiny.tflite"
HAVE, NEED = 2000, 3000
WITH_MARGIN = with_margin(to_start(read(TINY.read_bytes(), "tiny"), NEED))


class _Engine:
    """Plans like `aot`, with the arena's size in a define, so that another one is another build."""

    def plan(self, model: Any, board: Board, optimize: str) -> Any:
        assert board.tflm is not None
        made = ENGINES["aot"].plan(model, board, optimize)
        return replace(made, defines={**made.defines, "ARENA": str(board.tflm.arena_bytes or HAVE)})


def arena_of(elf: Path) -> int:
    """The define of the project that `elf` was built of."""
    ini = (elf.parents[3] / "platformio.ini").read_text(encoding="utf-8")
    found = re.search(r"-DARENA=(\d+)", ini)
    assert found is not None
    return int(found[1])


class _Board(SimBoard):
    """Refuses to run with an arena below `need`, which it tells when it `knows` it."""

    knows = True
    need = NEED

    def upload(self, firmware: Firmware) -> None:
        have = arena_of(firmware.elf)
        self.arenas = [*getattr(self, "arenas", []), have]
        told = self.need if self.knows else 0
        refuses = have < self.need

        def to_host(data: bytes) -> bytes:
            if refuses:
                return data.replace(b"m-reset\r\n", b"e-[ARENA need=%d have=%d]\r\n" % (told, have))
            return data

        self.to_host = to_host
        if have >= self.need:  # what `td info` says of the real engine is then enough
            self.need = 0
        super().upload(firmware)


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setitem(ENGINES, "tflm", _Engine())
    monkeypatch.setattr(deploy.linked, "check_constants", lambda plan, elf: None)
    monkeypatch.setattr(deploy.builder, "build", _with_ram(deploy.builder.build, free_bytes=10_000))
    usb = Usb(ids=("2341:805a",), bootloader_ids=("2341:005a",))
    library = Tflm(runtime="tflite_micro_2026")
    board = replace(toy.board("host"), runners=("serial",), usb=usb, tflm=library)
    return Job(TINY, board, "tflm", "int8", None, None, tmp_path, 3, 3, "balanced")


def _with_ram(build: Any, free_bytes: int) -> Any:
    """Builds for a board with this much RAM to spare; this machine has no end of it."""

    def made(*arguments: Any) -> Firmware:
        firmware: Firmware = build(*arguments)
        ram = firmware.memory["ram"]
        ram = replace(ram, available_bytes=ram.used_bytes + free_bytes)
        return replace(firmware, memory={**firmware.memory, "ram": ram})

    return made


def test_it_is_built_again_with_what_the_board_needs(job: Job, bench: Bench) -> None:
    board = _Board()
    bench.add(board)
    said: list[str] = []
    deploy.flash(job, said.append)
    assert board.arenas == [HAVE, WITH_MARGIN] and WITH_MARGIN > NEED * 1.16
    assert f"the arena of 2,000 bytes is too small: building again with {WITH_MARGIN:,}" in said


def test_one_that_does_not_know_is_given_all_there_is_first(job: Job, bench: Bench) -> None:
    board = _Board()
    board.knows = False
    bench.add(board)
    said: list[str] = []
    info = deploy.flash(job, said.append)
    assert board.arenas[:2] == [HAVE, HAVE + 10_000]
    assert any("trying 12,000, to see what it needs" in text for text in said)
    assert with_margin(info.arena_used) < board.arenas[2] < board.arenas[1]


def test_one_that_never_fits_is_an_error(job: Job, bench: Bench) -> None:
    board = _Board()
    board.knows, board.need = False, 1_000_000
    bench.add(board)
    with pytest.raises(DeviceError, match=r"does not start with an arena of 12,000 bytes, all"):
        deploy.flash(job, lambda text: None)


def test_it_is_built_again_once(job: Job, bench: Bench) -> None:
    """A board that then wants more still is believed no longer."""
    board = _Board()
    bench.add(board)
    upload = board.upload

    def grows(firmware: Firmware) -> None:
        board.need += 4_000
        upload(firmware)

    board.upload = grows  # type: ignore[method-assign]
    with pytest.raises(ArenaTooSmall):
        deploy.flash(job, lambda text: None)
    assert len(board.arenas) == 2
