"""Conversations that are kept, and had again from the file."""

from __future__ import annotations

import json
import time
import zlib
from pathlib import Path

import pytest

from tinydeploy import recording
from tinydeploy.errors import DeviceError, UsageError
from tinydeploy.session import Session, replay
from tinydeploy.wire import Restarted

STORIES = sorted((Path(__file__).parent / "recordings").glob("*.jsonl"))
BUILD = "0123456789abcdef"
INFO = {
    "protocol": 1,
    "build_id": BUILD,
    "engine": "aot",
    "model_name": "toy",
    "layers": 2,
    "model_sha256": "00",
    "arena_bytes": 32,
    "tick_hz": 1000,
    "kept": 1,
    "sums": 0,
    "input_bytes": [8],
    "output_bytes": [4],
}
READY = b"m-ready\r\n"
GREETING = b"m-info-" + json.dumps(INFO).encode() + b"\r\n" + READY
RUN = b"m-empty-3\r\nm-ticks-10\r\n" + READY
DATA = b"m-data-4-%08x\r\nabcd\r\n" % zlib.crc32(b"abcd") + READY
LOADED = b"m-in-8\r\n" + READY
BOOT = b"m-timestamp-mode-performance\r\nm-lap-us-1\r\nm-init-done\r\n" + READY


class Line:
    """A firmware that gives its answers one after the other; an exception is raised instead."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.answers = list(answers)
        self.waiting: list[bytes | Exception] = []

    def write(self, data: bytes) -> None:
        self.waiting += [self.answers.pop(0)] if self.answers else []

    def read(self, timeout_s: float) -> bytes:
        if not self.waiting:
            time.sleep(min(timeout_s, 0.02))
            return b""
        found = self.waiting.pop(0)
        if isinstance(found, Exception):
            raise found
        return found


GONE = DeviceError("the board is gone", "plug it in")
TOLD = {
    "well": [GREETING, LOADED, RUN, DATA],
    "restart": [GREETING, LOADED, BOOT, GREETING, LOADED, RUN, DATA],
    "new-port": [GREETING, LOADED, Restarted(), GREETING, LOADED, RUN, DATA],
    "damaged": [GREETING, LOADED, RUN, DATA.replace(b"ab", b"xb"), READY, DATA],
    "gone": [GREETING, LOADED, GONE],
    "arena": [GREETING, b"e-[ARENA need=9000 have=8000]\r\n" + READY, READY] * 3,
    "silent": [GREETING, LOADED],
}


def tell(line: Line | recording.Replay) -> str:
    """Talk, and say how it ended."""
    session = Session(line, "device", BUILD, answer_s=0.1, inference_s=0.1)
    try:
        found = repr(session.infer([bytes(8)]))
    except DeviceError as error:
        found = f"{error} {error.last_lines}"
    return f"{found} after {session.restarts} restarts"


@pytest.mark.parametrize("story", TOLD)
def test_a_story_ends_again_as_it_ended(story: str, tmp_path: Path) -> None:
    path = tmp_path / "story.jsonl"
    with recording.to(path):
        ended = tell(Line(*TOLD[story]))
    ((head, events),) = recording.conversations(path)
    assert (head["kind"], head["build_id"]) == ("device", BUILD)
    again = tmp_path / "again.jsonl"
    with recording.to(again):
        assert tell(recording.Replay(path)) == ended
    ((_, events_again),) = recording.conversations(again)

    def bytes_of(events: list[dict[str, object]]) -> list[object]:
        return [{**event, "t": 0, "s": 0} for event in events]

    assert bytes_of(events_again) == bytes_of(events)
    assert events_again[-1]["t"] == pytest.approx(events[-1]["t"], abs=0.2)


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_the_kept_recordings_of_a_firmware(path: Path) -> None:
    """Real firmwares of the toy model, recorded once: the host must go on understanding them."""
    inputs = [bytes([10, 20]), bytes([30, 40, 50, 60, 70, 80])]
    session = replay(path, timing=False)
    assert session.info.model_name == "toy" and session.info.input_bytes == (2, 6)
    assert session.infer(inputs) == [bytes([22, 44, 66, 88, 110, 132, 154, 176])]
    assert len(session.layer_output(0)) == 8
    measured = session.measure(runs=3, warmup=1)
    assert len(measured.ticks) == 3 and len(measured.layer_ticks) == 2


def test_there_are_kept_recordings() -> None:
    assert {path.stem for path in STORIES} >= {"host", "mps2-an386", "lost-byte", "restart"}


def test_nothing_is_recorded_outside(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with recording.to(path), recording.to(None):
        tell(Line(*TOLD["well"]))
    size = path.stat().st_size
    tell(Line(*TOLD["well"]))
    assert path.stat().st_size == size > 0


def test_another_question_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with recording.to(path):
        tell(Line(*TOLD["well"]))
    session = replay(path, timing=False)
    with pytest.raises(DeviceError, match=r"event \d+ of the recording is write .*td in 0 8"):
        session.infer([b"12345678"])
    with pytest.raises(DeviceError, match="the firmware that answers is build"):
        replay(path, "ffff", timing=False)


def test_a_line_cut_by_a_crash_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with recording.to(path):
        tell(Line(*TOLD["well"]))
    whole = recording.conversations(path)
    path.write_text(path.read_text() + '{"t": 1, "op": "re')
    assert recording.conversations(path) == whole


@pytest.mark.parametrize("text", ["", "hello\n", '{"op": "read", "s": 0}\n', "[]\n[]\n"])
def test_what_is_no_recording_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"not of a recording|no conversation"):
        recording.Replay(path)
    with pytest.raises(UsageError, match="cannot be read"):
        recording.Replay(tmp_path / "none")
