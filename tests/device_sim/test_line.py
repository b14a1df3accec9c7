"""A conversation over a bad line: lost bytes, restarts, silence."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest
import toy
from bench import Bench, SimBoard

from tinydeploy.board import Board
from tinydeploy.build import Firmware
from tinydeploy.errors import DeviceError
from tinydeploy.runners import serial
from tinydeploy.session import Session

pytestmark = pytest.mark.slow

Talk = Callable[[SimBoard], Session]


class Loser:
    """Drops byte `at` of what passes once `armed`, so often."""

    def __init__(self, at: int, times: int = 1) -> None:
        self.at, self.left, self.times = at, -1, times

    def arm(self) -> None:
        self.left = self.at

    def __call__(self, data: bytes) -> bytes:
        if self.left < 0 or self.times == 0:
            return data
        if self.left >= len(data):
            self.left -= len(data)
            return data
        kept = data[: self.left] + data[self.left + 1 :]
        self.left = self.at
        self.times -= 1
        return kept


@pytest.fixture
def flashed(
    firmware: Firmware, nano: Board, bench: Bench, request: pytest.FixtureRequest
) -> Callable[[SimBoard], Session]:
    """Flash the board; the session ends with the test."""

    def start(board: SimBoard) -> Session:
        bench.add(board)
        opened = serial.start(firmware, nano)
        session = opened.__enter__()
        request.addfinalizer(lambda: opened.__exit__(None, None, None))
        return session

    return start


@pytest.mark.parametrize("at", [0, 4, 9, 17, 20, 23])
def test_a_byte_lost_on_its_way_to_the_board(flashed: Talk, at: int) -> None:
    """In the command, in its `%`, in the frame behind it."""
    loser = Loser(at)
    session = flashed(SimBoard(to_board=loser))
    loser.arm()
    assert session.infer(toy.INPUTS) == [toy.output(toy.INPUTS)]
    assert loser.times == 0


@pytest.mark.parametrize("at", [0, 5, 7, 14, 24, 40, 70, 90])
def test_a_byte_lost_on_its_way_back(flashed: Talk, at: int) -> None:
    """In an acknowledgement, a lap's digits, a sum, `m-ready`, a frame of data."""
    loser = Loser(at)
    session = flashed(SimBoard(to_host=loser))
    loser.arm()
    assert session.infer(toy.INPUTS) == [toy.output(toy.INPUTS)]
    measured = session.measure(runs=3, warmup=0)
    assert len(measured.ticks) == 3 and len(measured.layer_ticks) == 2
    assert loser.times == 0


def test_a_line_that_loses_all_the_time(flashed: Talk) -> None:
    loser = Loser(10, times=10_000)
    session = flashed(SimBoard(to_host=loser))
    loser.arm()
    start = time.monotonic()
    with pytest.raises(DeviceError, match=r"arrived damaged 3 times|did not answer"):
        session.measure(runs=50, warmup=0)
    assert time.monotonic() - start < 10


def test_it_resets_in_the_middle(flashed: Talk) -> None:
    """Behind a bridge chip the port stays; what was loaded is gone, so it is loaded again."""
    board = SimBoard()
    session = flashed(board)

    def kick(data: bytes) -> bytes:
        if b"td run" in data:
            board.to_board = lambda data: data
            board.reset()
            return b""
        return data

    board.to_board = kick
    assert session.infer(toy.INPUTS) == [toy.output(toy.INPUTS)]
    assert (session.restarts, board.resets) == (1, 1)


def test_it_resets_and_its_port_with_it(flashed: Talk) -> None:
    board = SimBoard(late_s=0.05)
    session = flashed(board)

    def kick(data: bytes) -> bytes:
        if b"td out" in data:
            board.to_board = lambda data: data
            board.reset(port_too=True)
            return b""
        return data

    board.to_board = kick
    assert session.infer(toy.INPUTS) == [toy.output(toy.INPUTS)]
    assert (session.restarts, board.resets) == (1, 1)


def test_it_resets_again_and_again(flashed: Talk) -> None:
    board = SimBoard()
    session = flashed(board)

    def kick(data: bytes) -> bytes:
        if b"td run" in data:
            board.reset()
            return b""
        return data

    board.to_board = kick
    with pytest.raises(DeviceError, match="restarted, and again") as raised:
        session.infer(toy.INPUTS)
    assert "m-init-done" in raised.value.last_lines


def test_it_is_unplugged(flashed: Talk) -> None:
    board = SimBoard()
    session = flashed(board)
    board.unplug()
    with pytest.raises(DeviceError, match=r"did not come back"):
        session.infer(toy.INPUTS)


def test_it_hangs(flashed: Talk) -> None:
    board = SimBoard()
    session = flashed(board)
    session._inference_s = 0.5
    start = time.monotonic()
    # Nothing comes back for the lone `%` either: it is not a byte that was lost.
    board.to_board = lambda data: data if b"td in" in data else b""
    with pytest.raises(DeviceError, match=r"did not answer for 0\.5 s") as raised:
        session.infer(toy.INPUTS)
    assert time.monotonic() - start < 3
    assert raised.value.last_lines[-1] == "m-ready"


def test_garbage_before_the_first_line(firmware: Firmware, esp: Board, bench: Bench) -> None:
    noise = b"\xff\xfe\x00rst:0x1 (POWERON_RESET)\r\nm-info-\r\n\x80m-re"
    bridge = "10c4:ea60"
    bench.add(SimBoard(usb=bridge, loader_usb=bridge, boot=noise))
    with serial.start(firmware, esp) as session:
        assert session.infer(toy.INPUTS) == [toy.output(toy.INPUTS)]


def test_bytes_that_come_one_by_one(flashed: Talk) -> None:
    board = SimBoard()
    session = flashed(board)
    rest = b""

    def drip(data: bytes) -> bytes:
        nonlocal rest
        rest += data
        one, rest = rest[:1], rest[1:]
        return one

    # What is held back comes with the next step of the bench, byte by byte.
    carry = board._carry

    def carry_and_drip() -> None:
        nonlocal rest
        carry()
        if rest and board.plug is not None:
            os.write(board.plug.ours, rest[:1])
            rest = rest[1:]

    board.to_host = drip
    board._carry = carry_and_drip  # type: ignore[method-assign]
    assert session.infer(toy.INPUTS) == [toy.output(toy.INPUTS)]
