"""A firmware where it runs: on the host and on QEMU's virtual boards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import toy

from tinydeploy.board import Board, board_ids, load_board
from tinydeploy.build import Firmware, build
from tinydeploy.errors import DeviceError, ToolError
from tinydeploy.project import render
from tinydeploy.runners import RUNNERS, host, qemu
from tinydeploy.runners.pty import open_pty, running
from tinydeploy.session import Session, instructions

pytestmark = pytest.mark.slow

NAMES = ("host", "mps2-an386")
BARE = [board for board in map(load_board, board_ids()) if board.baremetal is not None]
EMULATED = [board.id for board in BARE if board.instruction_ns]


def emulators_of(folder: Path) -> list[str]:
    """Command lines of the running processes that name `folder`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it ended while we looked
            continue
        if line.startswith("/") and "qemu" in line and str(folder) in line:
            found.append(line)
    return found


@pytest.mark.parametrize("name", ["host", *EMULATED])
def test_a_session(built: toy.Built, name: str) -> None:
    firmware = built(name)
    board = toy.board(name)
    with RUNNERS[board.runners[0]].start(firmware, board) as session:
        assert session.info.build_id == firmware.build_id
        assert session.info.input_bytes == (2, 6)
        assert session.infer(toy.INPUTS) == [toy.output(toy.INPUTS)]
        assert session.layer_output(0) == toy.first_layer(toy.INPUTS)
        assert session.layer_output(1) == toy.output(toy.INPUTS)
        measured = session.measure(runs=20, warmup=2)
        assert len(measured.ticks) == 20
        assert len(measured.layer_ticks) == 2
        assert session.command("td out 0")[0].startswith("m-data-8-")
        with pytest.raises(DeviceError, match="OUTPUT need=7"):
            session._data("td out 7")
        assert session.infer(toy.INPUTS) == [toy.output(toy.INPUTS)]


@pytest.mark.parametrize("name", NAMES)
def test_inputs_of_several_frames(built: toy.Built, name: str) -> None:
    inputs = [b"ab", bytes(i * 7 % 256 for i in range(9998))]
    board = toy.board(name)
    with RUNNERS[board.runners[0]].start(built(name, 10000), board) as session:
        assert session.infer(inputs) == [toy.output(inputs)]


def test_firmware_sizes(built: toy.Built) -> None:
    found = built("mps2-an386", 10000)
    assert found.arena_bytes == 20000
    assert 8 <= found.model_bytes <= 8 + 4 * 6 + 16  # weights, the tables of offsets, alignment
    assert found.stack_bytes == 8192
    assert 20000 + 8192 < found.ram_bytes < 20000 + 8192 + 2048
    assert 0 < found.code_bytes < 1024
    assert found.toolchain["compiler"].startswith("GCC")


def counts(firmware: Firmware, board: Board) -> tuple[list[int], list[int], int]:
    """Instructions of five laps and of each layer, and bytes of stack."""
    with RUNNERS[board.runners[0]].start(firmware, board) as session:
        measured = session.measure(runs=5, warmup=1)
    hz = measured.tick_hz
    laps = [instructions(ticks, hz, board) for ticks in measured.ticks]
    layers = [instructions(ticks, hz, board) for ticks in measured.layer_ticks]
    return laps, layers, measured.stack_bytes


@pytest.mark.parametrize("name", EMULATED)
def test_instruction_counts_are_the_same_on_every_run(built: toy.Built, name: str) -> None:
    firmware, board = built(name, 3000), toy.board(name)
    first = counts(firmware, board)
    laps, layers, stack_bytes = first
    assert len(set(laps)) == 1
    assert 10000 < sum(layers) < laps[0] * 1.01 + 100
    assert 0 < stack_bytes < firmware.stack_bytes
    assert counts(firmware, board) == first


def test_two_emulators_count_the_same(built: toy.Built) -> None:
    """A Cortex-M0 of QEMU and a Cortex-M0+ of rp2040js run the same instructions."""
    laps = [counts(built(name, 3000), toy.board(name))[0] for name in ("microbit", "pico-rp2040js")]
    assert laps[0] == laps[1]


LOOP = r"""
uint32_t left = 100000;
#ifdef __riscv
__asm volatile("1: nop\n nop\n nop\n addi %0, %0, -1\n bnez %0, 1b" : "+r"(left));
#else
__asm volatile(".syntax unified\n 1: nop\n nop\n nop\n subs %0, %0, #1\n bne 1b"
               : "+l"(left)::"cc");
#endif
(void)left
"""


@pytest.mark.parametrize("name", EMULATED)
def test_what_is_counted_are_instructions(name: str, tmp_path: Path) -> None:
    board = toy.board(name)
    firmware = with_body(name, tmp_path, LOOP)
    with RUNNERS[board.runners[0]].start(firmware, board) as session:
        measured = session.measure(runs=1, warmup=0)
    counted = instructions(measured.ticks[0], measured.tick_hz, board)
    assert 500_000 < counted < 500_200


def test_twenty_boards_at_once_leave_nothing(
    built: toy.Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firmware, board = built("mps2-an386"), toy.board("mps2-an386")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def one(number: int) -> bytes:
        inputs = [bytes([number, 1]), bytes(range(6))]
        with qemu.start(firmware, board) as session:
            assert emulators_of(tmp_path)
            assert session.infer(inputs) == [toy.output(inputs)]
        return inputs[0]

    with ThreadPoolExecutor(20) as pool:
        assert len(set(pool.map(one, range(20)))) == 20
    assert emulators_of(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_an_exception_ends_the_board(
    built: toy.Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firmware, board = built("mps2-an386"), toy.board("mps2-an386")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt), qemu.start(firmware, board):
        raise KeyboardInterrupt
    assert emulators_of(tmp_path) == []


PARENT = """
import sys, time
from pathlib import Path
from tinydeploy.board import load_board
from tinydeploy.build import Firmware
from tinydeploy.runners import qemu
folder, build_id = Path(sys.argv[1]), sys.argv[2]
elf = folder / ".pio/build/mps2-an386/firmware.elf"
firmware = Firmware(folder, elf, build_id, "mps2-an386", 0, 0, 0, 0, 0, 0, (), {})
with qemu.start(firmware, load_board("mps2-an386")):
    print("up", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux'")
def test_killing_us_kills_the_board(built: toy.Built, tmp_path: Path) -> None:
    firmware = built("mps2-an386")
    command = [sys.executable, "-c", PARENT, str(firmware.folder), firmware.build_id]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == b"up\n"
        assert emulators_of(tmp_path)
        parent.send_signal(signal.SIGKILL)
    end = time.monotonic() + 5
    while emulators_of(tmp_path) and time.monotonic() < end:
        time.sleep(0.05)
    assert emulators_of(tmp_path) == []


@pytest.mark.parametrize("name", NAMES)
def test_another_build_is_not_talked_to(built: toy.Built, name: str) -> None:
    other = replace(built(name), build_id="0123456789abcdef")
    board = toy.board(name)
    with (
        pytest.raises(DeviceError, match=r"is build .*, not 0123456789abcdef"),
        RUNNERS[board.runners[0]].start(other, board),
    ):
        pytest.fail("a session with another build was opened")


SILENT = """
#include "model.h"
const uint32_t model_input_offset[MODEL_INPUTS] = {0, 2};
const uint32_t model_input_bytes[MODEL_INPUTS] = {2, 6};
const uint32_t model_output_offset[MODEL_OUTPUTS] = {8};
const uint32_t model_output_bytes[MODEL_OUTPUTS] = {8};
void model_invoke(model_state *state, model_hook hook, void *user) {
  (void)state, (void)hook, (void)user;
  BODY;
}
"""


def with_body(name: str, folder: Path, body: str) -> Firmware:
    files = {"model.c": SILENT.replace("BODY", body)}
    return build(render(toy.plan(files), toy.board(name)), folder)


def test_a_firmware_that_falls_silent_is_an_error_in_time(tmp_path: Path) -> None:
    firmware = with_body("host", tmp_path, "for (;;) {}")
    with (
        open_pty() as line,
        running([str(firmware.elf)], line.theirs, line.theirs),
    ):
        session = Session(line, "host", firmware.build_id, answer_s=1, inference_s=1)
        start = time.monotonic()
        with pytest.raises(
            DeviceError, match="did not answer for 1 s; the last bytes were"
        ) as raised:
            session.infer(toy.INPUTS)
        assert time.monotonic() - start < 5
        assert raised.value.hint


def test_a_program_that_never_answers_is_an_error_in_time() -> None:
    with open_pty() as line, running(["sleep", "60"], line.theirs, line.theirs):
        start = time.monotonic()
        with pytest.raises(DeviceError, match="not one byte came"):
            Session(line, "host", "0" * 16, answer_s=1)
        assert time.monotonic() - start < 5


@pytest.mark.parametrize("name", ["mps2-an386", "microbit", "riscv32-virt"])
def test_a_crash_is_told_at_once(name: str, tmp_path: Path) -> None:
    firmware = with_body(name, tmp_path, "__builtin_trap()")
    told = pytest.raises(DeviceError, match=r"crashed: e-\[FAULT (cfsr|mcause)=[0-9a-f]{8}\]")
    with qemu.start(firmware, toy.board(name)) as session, told:
        session.infer(toy.INPUTS)


def test_a_program_that_ends_is_told_at_once(tmp_path: Path) -> None:
    firmware = with_body("host", tmp_path, "__builtin_trap()")
    told = pytest.raises(DeviceError, match="ended")
    with host.start(firmware, toy.board("host")) as session, told:
        session.infer(toy.INPUTS)


def test_missing_qemu_is_an_error_with_a_hint(
    built: toy.Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firmware, board = built("mps2-an386"), toy.board("mps2-an386")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="is not installed") as raised, qemu.start(firmware, board):
        pytest.fail("QEMU is not there")
    assert raised.value.hint == "apt-get install qemu-system-arm"
