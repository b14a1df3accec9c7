"""The firmware's side of docs/wire.md, byte for byte, on the host's port and under sanitizers."""

from __future__ import annotations

import json
import random
import re
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import toy

from tinydeploy import tools
from tinydeploy.board import load_board
from tinydeploy.project import render
from tinydeploy.runners.pty import Pty, open_pty, running

pytestmark = pytest.mark.slow

READY = b"m-ready\r\n"
BOOT = rb"m-timestamp-mode-performance\r\nm-lap-us-\d+\r\nm-init-done\r\nm-ready\r\n"


def heard(line: Pty, end: bytes = READY, timeout_s: float = 10.0) -> bytes:
    """What comes up to and with `end`."""
    data = b""
    limit = time.monotonic() + timeout_s
    while not data.endswith(end):
        assert time.monotonic() < limit, f"only {data!r} came"
        data += line.read(0.1)
    return data


def ask(line: Pty, command: bytes) -> bytes:
    line.write(command)
    return heard(line)


PROJECT = render(toy.plan(), load_board("host"))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy's firmware with ASan and UBSan."""
    board = toy.board("host")
    folder = tmp_path_factory.mktemp("sanitized")
    PROJECT.write(folder)
    command = ["gcc", "-std=gnu11", "-g", "-O1", "-fsanitize=address,undefined"]
    command += [
        "-fno-sanitize-recover=all",
        "-Iinclude",
        f"-DTD_BAUD={board.baud}",
        "-o",
        "firmware",
    ]
    tools.call(
        command + [name for name in PROJECT.files if name.endswith(".c")],
        timeout_s=60,
        cwd=folder,
    )
    return folder / "firmware"


@pytest.fixture
def line(program: Path) -> Iterator[Pty]:
    """The toy, booted."""
    with open_pty() as pty, running([str(program)], pty.theirs, pty.theirs) as process:
        assert re.fullmatch(BOOT, heard(pty))
        yield pty
        assert process.poll() is None


DIALOGUE = [
    (b"name%", b"m-name-dut-[tinydeploy]\r\n"),
    (b"profile%", b"m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[toy]\r\n"),
    (b"%", b""),
    (b"  name  now%", b"m-name-dut-[tinydeploy]\r\n"),
    (b"names%", b"e-[Unknown command: names]\r\n"),
    (b"db%", b"e-[Command 'db' requires a subcommand]\r\n"),
    (b"db load%", b"e-[Command 'db load' requires the # of bytes]\r\n"),
    (b"db load 0%", b"e-[Command 'db load' must be >0 bytes]\r\n"),
    (b"db load 9%", b"Supplied buffer size 9 exceeds maximum of 8\n"),
    (b"db load -1%", b"Supplied buffer size -1 exceeds maximum of 8\n"),
    (b"db 00%", b"e-[Buffer is full: 'db load' first]\r\n"),
    (b"db load 8%", b"m-[Expecting 8 bytes]\r\n"),
    (b"db 0a1%", b"e-[Insufficent number of hex digits]\r\n"),
    (b"db 0g%", b"e-[Invalid hex digit '0g']\r\n"),
    (b"db 0a14%", b""),
    (b"db 1E28323c465099ff%", b"m-load-done\r\n"),
    (b"db print%", b"m-buffer-0a-14-1e-28-32-3c-46-50\r\n"),
    (b"infer 0%", b"e-[Inference iterations must be >0]\r\n"),
    (b"infer 1 -1%", b"e-[Inference warmup must be >=0]\r\n"),
    (
        b"infer 2 1%",
        b"m-warmup-start-1\r\nm-warmup-done\r\nm-infer-start-2\r\nm-lap-us-N\r\nm-lap-us-N\r\n"
        b"m-infer-done\r\nm-results-[10.500,21.500,32.500,43.500,54.500,-62.500,-51.500,-40.500]\r\n",
    ),
    (b"results%", b"m-results-[10.500,21.500,32.500,43.500,54.500,-62.500,-51.500,-40.500]\r\n"),
    (b"db load 3%", b"m-[Expecting 3 bytes]\r\n"),
    (b"db 010203%", b"m-load-done\r\n"),
    (b"db print%", b"m-buffer-01-02-03\r\n\r\n"),
]


def test_mlperf_dialogue(line: Pty) -> None:
    for command, answer in DIALOGUE:
        said = re.sub(rb"m-lap-us-\d+", b"m-lap-us-N", ask(line, command))
        assert said == answer + READY, command


def test_infer_without_numbers_warms_up_ten_times(line: Pty) -> None:
    assert b"m-warmup-start-10\r\nm-warmup-done\r\nm-infer-start-1\r\n" in ask(line, b"infer%")


def test_timestamps_are_microseconds(line: Pty) -> None:
    def stamp() -> int:
        match = re.fullmatch(rb"m-lap-us-(\d+)\r\nm-ready\r\n", ask(line, b"timestamp%"))
        assert match is not None
        return int(match[1])

    before, start = stamp(), time.monotonic()
    time.sleep(0.2)
    passed = (stamp() - before) / 1e6
    assert 0.2 <= passed <= time.monotonic() - start + 0.05


def test_a_command_of_any_length_is_cut_at_80_bytes(line: Pty) -> None:
    assert ask(line, b"x" * 5000 + b"%") == b"e-[Unknown command: " + b"x" * 80 + b"]\r\n" + READY


def frame(data: bytes, offset: int = 0, crc: int | None = None, size: int | None = None) -> bytes:
    crc = zlib.crc32(data) if crc is None else crc
    return b"td in %d %d %d%%" % (offset, len(data) if size is None else size, crc) + data


def test_input_and_output_frames(line: Pty) -> None:
    inputs = b"".join(toy.INPUTS)
    assert ask(line, frame(inputs[3:], offset=3)) == b"m-in-5\r\n" + READY
    assert ask(line, frame(inputs[:3])) == b"m-in-3\r\n" + READY
    assert b"m-ticks-" in ask(line, b"td run 1 0%")
    for command, data in (
        (b"td out 0%", toy.output(toy.INPUTS)),
        (b"td layer 0%", toy.first_layer(toy.INPUTS)),
        (b"td layer 1%", toy.output(toy.INPUTS)),
    ):
        head = b"m-data-8-%08x\r\n" % zlib.crc32(data)
        assert ask(line, command) == head + data + b"\r\n" + READY


def test_a_corrupt_frame_is_an_error(line: Pty) -> None:
    said = ask(line, frame(b"12345678", crc=1))
    assert said == b"e-[CRC need=00000001 have=%08x]\r\n" % zlib.crc32(b"12345678") + READY


def test_a_cut_frame_is_an_error_within_its_time(line: Pty) -> None:
    assert ask(line, frame(b"123", size=8)) == b"e-[FRAME need=8 have=3]\r\n" + READY
    assert ask(line, b"name%").startswith(b"m-name-")


def test_an_oversized_frame_is_swallowed_whole(line: Pty) -> None:
    said = ask(line, frame(b"name%" * 20))
    assert said == b"e-[INPUT offset=0 need=100 have=8]\r\n" + READY
    said = ask(line, frame(b"ab", offset=4294967295))
    assert said == b"e-[INPUT offset=4294967295 need=2 have=0]\r\n" + READY
    assert ask(line, b"name%").startswith(b"m-name-")


def test_a_reset_is_acknowledged(line: Pty) -> None:
    assert ask(line, b"td reset%") == b"m-reset\r\n" + READY


WRONG = "td|td reset 1|td |td what|td run|td run 0 0|td run 1|td run 1 2 3|td run -1 0"
WRONG += "|td in 0 8|td in 0 0x8 1|td out|td out 4294967296|td infos|td mem 1"


@pytest.mark.parametrize("command", WRONG.encode().split(b"|"))
def test_what_td_does_not_know_is_an_error(line: Pty, command: bytes) -> None:
    said = ask(line, command + b"%")
    assert said.startswith((b"e-[USAGE td ", b"e-[Unknown command: td]"))
    assert said.count(b"\r\n") == 2


def test_an_index_beyond_the_model_is_an_error(line: Pty) -> None:
    assert ask(line, b"td out 1%") == b"e-[OUTPUT need=1 have=1]\r\n" + READY
    assert ask(line, b"td layer 2%") == b"e-[LAYER need=2 have=2]\r\n" + READY


def test_info_is_one_line_of_json(line: Pty) -> None:
    said = ask(line, b"td info%").decode().split("\r\n")
    assert len(said) == 4 and said[0].startswith("m-info-")
    info = json.loads(said[0].removeprefix("m-info-"))
    assert info["build_id"] == PROJECT.build_id
    assert info["input_bytes"] == [2, 6] and info["output_bytes"] == [8]
    assert info["tick_hz"] == 10**9 and 0 < info["tick_step"] < 10**6
    assert info["cpu_hz"] == 0 and info["sums"] == 1


@pytest.mark.parametrize("command", [b"info", b"mem", b"run 3 1", b"layers", b"run 0 0", b"what"])
def test_lines_come_with_their_sum(line: Pty, command: bytes) -> None:
    said = ask(line, b"td " + command + b"%").removesuffix(READY)
    *lines, last, end = said.split(b"\r\n")
    assert end == b""
    if lines and command != b"what":
        text = b"".join(one + b"\r\n" for one in lines)
        assert last == b"m-sum-%08x" % zlib.crc32(text)
    else:
        assert last.startswith(b"e-[USAGE")


def test_the_program_ends_with_its_line(program: Path) -> None:
    pty = Pty()
    with running([str(program)], pty.theirs, pty.theirs) as process:
        heard(pty)
        pty.close()
        assert process.wait(5) == 0


PIECES = [
    b"td ",
    b"in ",
    b"run ",
    b"layer ",
    b"out ",
    b"db ",
    b"load ",
    b"infer ",
    b"results",
    b" ",
]
PIECES += [
    b"%",
    b"%",
    b"0",
    b"1 ",
    b"7 ",
    b"8 ",
    b"9 ",
    b"-3 ",
    b"4294967295 ",
    b"4294967296",
    b"0a",
]
PIECES += [b"\x00", b"\xff\x80", b"\r\n", b"x" * 90, b"td in 0 8 5%1234"]


def test_no_bytes_whatever_stop_it(line: Pty) -> None:
    words = random.Random(1)
    for _ in range(20):
        noise = b"".join(words.choice(PIECES) for _ in range(100))
        line.write(re.sub(rb"(run|infer) *\d+", rb"\1 2", noise))
        line.write(b"%" * 16 + b"name%")  # a frame that is still open takes eight of them
        heard(line, end=b"m-name-dut-[tinydeploy]\r\nm-ready\r\n")
