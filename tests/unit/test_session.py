"""The host's side of docs/wire.md, against a scripted line."""

from __future__ import annotations

import json
import time
import zlib
from dataclasses import replace

import pytest

from tinydeploy.board import load_board
from tinydeploy.errors import DeviceError
from tinydeploy.session import FRAME_BYTES, Session, instructions

BUILD = "0123456789abcdef"
INFO = {
    "protocol": 1,
    "build_id": BUILD,
    "engine": "aot",
    "model_name": "toy",
    "model_sha256": "00",
    "arena_bytes": 32,
    "tick_hz": 25_000_000,
    "layers": 2,
    "kept": 1,
    "input_bytes": [8],
    "output_bytes": [4],
}


def told(info: dict[str, object]) -> bytes:
    return b"m-info-" + json.dumps(info).encode() + b"\r\nm-ready\r\n"


class Line:
    """A firmware that gives its answers one after the other, each to one writing."""

    def __init__(self, *answers: bytes, piece: int = 1000) -> None:
        self.answers = list(answers)
        self.sent: list[bytes] = []
        self.waiting = b""
        self.piece = piece

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        self.waiting += self.answers.pop(0) if self.answers else b""

    def read(self, timeout_s: float) -> bytes:
        data, self.waiting = self.waiting[: self.piece], self.waiting[self.piece :]
        if not data:
            time.sleep(min(timeout_s, 0.05))
        return data


def opened(*answers: bytes, **info: object) -> tuple[Session, Line]:
    line = Line(told({**INFO, **info}), *answers)
    return Session(line, "device", BUILD, answer_s=0.2, inference_s=0.2), line


def data(payload: bytes, crc: int | None = None) -> bytes:
    crc = zlib.crc32(payload) if crc is None else crc
    return b"m-data-%d-%08x\r\n" % (len(payload), crc) + payload + b"\r\nm-ready\r\n"


@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_garbage_before_and_answers_in_pieces(piece: int) -> None:
    noise = b"\xff\x00boot...\r\nm-init-done\r\nm-ready\r\ne-[Unknown command: \xfe]\r\nm-ready\r\n"
    session = Session(Line(noise + told(INFO), piece=piece), "device", BUILD)
    assert session.info.input_bytes == (8,) and session.info.kept


def test_info_is_asked_again_until_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinydeploy.session.RESEND_S", 0.1)
    line = Line(b"", b"m-ready\r\n", told(INFO) + told(INFO), b"m-name-dut-[x]\r\nm-ready\r\n")
    session = Session(line, "device", BUILD)
    assert line.sent == [b"%td info%"] * 3
    assert session.command("name") == ["m-name-dut-[x]"]


def test_silence_is_an_error_in_time_with_the_last_bytes() -> None:
    start = time.monotonic()
    with pytest.raises(DeviceError, match=r"for 0.3 s; the last bytes were b'hello\\n'") as raised:
        Session(Line(b"hello\n"), "device", BUILD, answer_s=0.3)
    assert time.monotonic() - start < 3
    assert "reset the board" in raised.value.hint


def test_another_build_is_an_error() -> None:
    with pytest.raises(DeviceError, match="build ffff, not 0123456789abcdef"):
        opened(build_id="ffff")


def test_another_protocol_is_an_error() -> None:
    with pytest.raises(DeviceError, match="speaks protocol 2, this tinydeploy 1"):
        opened(protocol=2)


def test_a_damaged_info_is_an_error() -> None:
    with pytest.raises(DeviceError, match="td info"):
        Session(Line(b'm-info-{"proto\r\nm-ready\r\n'), "device", BUILD, answer_s=0.2)


def test_infer_sends_a_frame_and_reads_one() -> None:
    run = b"m-empty-3\r\nm-ticks-10\r\nm-ready\r\n"
    session, line = opened(b"m-in-8\r\nm-ready\r\n", run, data(b"m-ok"))
    assert session.infer([b"m-ready%"]) == [b"m-ok"]
    frame = b"td in 0 8 %d%%m-ready%%" % zlib.crc32(b"m-ready%")
    assert line.sent[1:] == [frame, b"td run 1 0%", b"td out 0%"]


def test_output_that_looks_like_the_protocol() -> None:
    run = b"m-empty-3\r\nm-ticks-10\r\nm-ready\r\n"
    payload = b"m-ready\r\ne-[x]\r\nm-ready\r\n"
    session, _ = opened(b"m-in-8\r\nm-ready\r\n", run, data(payload), output_bytes=[len(payload)])
    assert session.infer([bytes(8)]) == [payload]


def test_long_inputs_go_in_pieces() -> None:
    size = 2 * FRAME_BYTES + 1
    sizes = (FRAME_BYTES, FRAME_BYTES, 1)
    accepted = [b"m-in-%d\r\nm-ready\r\n" % piece for piece in sizes]
    run = b"m-empty-0\r\nm-ticks-1\r\nm-ready\r\n"
    session, line = opened(*accepted, run, data(b"abcd"), input_bytes=[size])
    session.infer([bytes(size)])
    heads = [sent.partition(b"%")[0].split() for sent in line.sent[1:4]]
    assert [(int(h[2]), int(h[3])) for h in heads] == [(0, 4096), (4096, 4096), (8192, 1)]


def test_a_damaged_frame_is_sent_again() -> None:
    bad = b"e-[CRC need=00000001 have=00000002]\r\nm-ready\r\n"
    good = b"m-in-8\r\nm-ready\r\n"
    run = b"m-empty-0\r\nm-ticks-1\r\nm-ready\r\n"
    empty = b"m-ready\r\n"  # answers the lone `%` that ends whatever is left of the frame
    session, line = opened(bad, empty, bad, empty, good, run, data(b"abcd"))
    assert session.infer([bytes(8)]) == [b"abcd"]
    assert line.sent[2] == line.sent[4] == b"%"
    assert line.sent[1] == line.sent[3] == line.sent[5]
    session, _ = opened(bad, empty, bad, empty, bad, empty)
    with pytest.raises(DeviceError, match="`td in` arrived damaged 3 times") as raised:
        session.infer([bytes(8)])
    assert "e-[CRC need=00000001 have=00000002]" in raised.value.last_lines


def test_an_answer_lost_on_its_way_is_asked_for_again() -> None:
    """Half a line, its end lost too: the firmware waits, so do we, then the lone `%` wakes it."""
    good = b"m-in-8\r\nm-ready\r\n"
    run = b"m-empty-0\r\nm-ticks-1\r\nm-ready\r\n"
    session, line = opened(b"m-in-", b"m-ready\r\n", good, run, data(b"abcd"))
    assert session.infer([bytes(8)]) == [b"abcd"]
    assert line.sent[1] == line.sent[3]


def test_a_hang_is_an_error_in_time_with_the_last_lines() -> None:
    session, _ = opened(b"m-in-8\r\nm-ready\r\n")
    start = time.monotonic()
    with pytest.raises(DeviceError, match=r"did not answer for 0.2 s") as raised:
        session.infer([bytes(8)])
    assert time.monotonic() - start < 2
    assert raised.value.last_lines[-2:] == ("m-in-8", "m-ready")


def summed(*lines: str) -> bytes:
    text = "".join(f"{line}\r\n" for line in lines).encode()
    return text + b"m-sum-%08x\r\nm-ready\r\n" % zlib.crc32(text)


def test_laps_with_a_lost_digit_are_asked_for_again() -> None:
    right = summed("m-empty-3", "m-ticks-1234")
    wrong = right.replace(b"1234", b"124")
    answers = (b"m-in-8\r\nm-ready\r\n", wrong, b"m-ready\r\n", right, data(b"abcd"))
    session, _ = opened(*answers, sums=1)
    session.infer([bytes(8)])
    with pytest.raises(DeviceError, match="`td run 1 0` arrived damaged 3 times"):
        opened(*[answers[0], *[wrong, b"m-ready\r\n"] * 3], sums=1)[0].infer([bytes(8)])


BOOT = b"m-timestamp-mode-performance\r\nm-lap-us-1\r\nm-init-done\r\nm-ready\r\n"


def test_a_restart_is_answered_by_doing_it_all_anew() -> None:
    good = b"m-in-8\r\nm-ready\r\n"
    run = b"m-empty-0\r\nm-ticks-1\r\nm-ready\r\n"
    session, line = opened(good, b"m-emp" + BOOT, told(INFO), good, run, data(b"abcd"))
    assert session.infer([bytes(8)]) == [b"abcd"]
    assert session.restarts == 1
    assert line.sent[3] == b"%td info%" and line.sent[4] == line.sent[1]


def test_a_board_that_restarts_again_is_an_error() -> None:
    good = b"m-in-8\r\nm-ready\r\n"
    session, _ = opened(good, BOOT, told(INFO), good, BOOT)
    with pytest.raises(DeviceError, match="restarted, and again") as raised:
        session.infer([bytes(8)])
    assert "m-init-done" in raised.value.last_lines


def test_a_restart_within_a_frame_of_data_is_noticed() -> None:
    """What follows a restart is made of zeros, not of our inputs: it must not be taken."""
    good = b"m-in-8\r\nm-ready\r\n"
    run = b"m-empty-0\r\nm-ticks-1\r\nm-ready\r\n"
    cut = b"m-data-4-00000000\r\nab" + BOOT
    again = (told(INFO), good, run, data(b"abcd"))
    session, _ = opened(good, run, cut, b"m-ready\r\n", *again)
    assert session.infer([bytes(8)]) == [b"abcd"]
    assert session.restarts == 1


def test_another_build_after_a_restart_is_an_error() -> None:
    session, _ = opened(b"m-in-8\r\nm-ready\r\n", BOOT, told({**INFO, "build_id": "ffff"}))
    with pytest.raises(DeviceError, match="build ffff, not 0123456789abcdef"):
        session.infer([bytes(8)])


def test_output_that_arrives_damaged_is_asked_for_again() -> None:
    bad, empty = data(b"abcd", crc=1), b"m-ready\r\n"
    session, _ = opened(bad, empty, data(b"abcd"))
    assert session.layer_output(0) == b"abcd"
    session, _ = opened(*[bad, empty] * 3)
    with pytest.raises(DeviceError, match="`td layer 0` arrived damaged 3 times"):
        session.layer_output(0)


def test_a_frame_of_data_of_an_absurd_size_is_damaged() -> None:
    session, _ = opened(b"m-data-99999-00000000\r\n", b"m-ready\r\n", data(b"abcd"))
    assert session.layer_output(0) == b"abcd"


def test_an_error_of_the_firmware_becomes_one_with_a_hint() -> None:
    session, _ = opened(b"e-[ARENA need=9000 have=8000]\r\nm-ready\r\n")
    with pytest.raises(DeviceError, match="ARENA need=9000 have=8000") as raised:
        session.layer_output(0)
    assert "larger arena" in raised.value.hint


def test_wrong_inputs_are_a_programming_error() -> None:
    session, _ = opened()
    with pytest.raises(ValueError, match="takes"):
        session.infer([bytes(7)])


LAYERS = b"m-empty-4\r\nm-layer-0-10\r\nm-layer-1-3\r\nm-ready\r\n"
MEMORY = b'm-mem-{"stack_bytes":123}\r\nm-ready\r\n'


def test_measure_takes_the_empty_lap_off() -> None:
    run = b"m-empty-3\r\nm-ticks-10\r\nm-ticks-2\r\nm-ready\r\n"
    session, line = opened(b"m-in-8\r\nm-ready\r\n", run, LAYERS, MEMORY)
    measured = session.measure(runs=2, warmup=5)
    assert measured.ticks == (7, 0)
    assert measured.layer_ticks == (6, 0)
    assert measured.stack_bytes == 123
    assert b"td run 2 5%" in line.sent


def test_inputs_that_are_not_kept_are_sent_for_each_lap() -> None:
    frame = b"m-in-8\r\nm-ready\r\n"
    lap = b"m-empty-0\r\nm-ticks-9\r\nm-ready\r\n"
    answers = [frame, *[frame, lap] * 3, frame, LAYERS, MEMORY]
    session, line = opened(*answers, kept=0)
    assert session.measure(runs=2, warmup=1).ticks == (9, 9)
    assert line.sent.count(b"td run 1 0%") == 3


def test_too_few_laps_are_an_error() -> None:
    session, _ = opened(b"m-in-8\r\nm-ready\r\n", b"m-empty-3\r\nm-ticks-10\r\nm-ready\r\n")
    with pytest.raises(DeviceError, match="td run 2 0"):
        session.measure(runs=2, warmup=0)


@pytest.mark.parametrize(
    ("ticks", "count"), [(0, 0), (640, 100), (641, 100), (643, 100), (647, 101)]
)
def test_instructions(ticks: int, count: int) -> None:
    assert instructions(ticks, 25_000_000, load_board("mps2-an386")) == count


def test_only_an_emulated_board_has_instructions() -> None:
    with pytest.raises(ValueError, match="not emulated"):
        instructions(1, 1, replace(load_board("host"), id="x"))


RUN = b"m-empty-3\r\nm-ticks-10\r\nm-ready\r\n"
RESET = b"m-reset\r\nm-ready\r\n"
TAKEN = b"m-in-8\r\nm-ready\r\n"


def test_a_sequence_begins_with_a_reset() -> None:
    answers = [RESET, TAKEN, RUN, data(b"one!"), TAKEN, RUN, data(b"two!")]
    session, line = opened(*answers)
    assert session.sequence([[b"12345678"], [b"abcdefgh"]]) == [[b"one!"], [b"two!"]]
    assert line.sent[1] == b"td reset%"
    assert line.sent.count(b"td reset%") == 1


def test_a_sequence_in_which_an_answer_gets_lost_begins_anew() -> None:
    lost = [RESET, TAKEN, RUN, data(b"one!", crc=1), b"", data(b"one!")]
    session, line = opened(*lost, RESET, TAKEN, RUN, data(b"two!"))
    assert session.sequence([[b"12345678"]]) == [[b"two!"]]
    assert line.sent.count(b"td reset%") == 2


def test_a_layer_anew_is_asked_for_after_a_reset() -> None:
    session, line = opened(TAKEN, RUN, data(b"out!"), RESET, TAKEN, data(b"layer 1"))
    session.infer([b"12345678"])
    assert session.layer_output(1, anew=True) == b"layer 1"
    assert line.sent[-3] == b"td reset%" and line.sent[-1] == b"td layer 1%"


def test_a_reset_that_fails_is_an_error_of_the_firmware() -> None:
    session, _ = opened(b"e-[ARENA need=9 have=8]\r\nm-ready\r\n")
    with pytest.raises(DeviceError, match="ARENA need=9 have=8"):
        session.reset()
