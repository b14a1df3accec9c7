"""`to` and `Replay`: a conversation with a firmware, kept in a file and had again from there.

A recording is JSON lines. The first line of each conversation is its head, each further one an
event of its transport: when it ended (`t`, seconds since the head), how long it took (`s`), what
it was (`op`) and its bytes in hexadecimal. A read without `data` is one that nothing came for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal

from tinydeploy import __version__
from tinydeploy.errors import DeviceError, UsageError
from tinydeploy.wire import Restarted, Transport

SCHEMA = "tinydeploy.recording/1"
Kind = Literal["device", "emulated", "host"]

_open: IO[str] | None = None


@contextmanager
def to(path: Path | None) -> Iterator[None]:
    """Record every session that is made meanwhile to `path`; None records nothing.

    Each line is flushed: what was said before a crash is there after it.
    """
    global _open
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    before = _open
    with path.open("w", encoding="utf-8") as file:
        _open = file
        try:
            yield
        finally:
            _open = before


def recorded(transport: Transport, kind: Kind, build_id: str) -> Transport:
    """`transport`, seen by the recording that is going on; itself when none is."""
    return transport if _open is None else _Recorded(transport, _open, kind, build_id)


class _Recorded:
    """A `wire.Transport` that writes down what passes."""

    def __init__(self, transport: Transport, file: IO[str], kind: Kind, build_id: str) -> None:
        self._transport = transport
        self._file = file
        self._start = time.monotonic()
        head = {"schema": SCHEMA, "tinydeploy": __version__, "kind": kind, "build_id": build_id}
        self._line(head)

    def read(self, timeout_s: float) -> bytes:
        """See `wire.Transport`."""
        with self._event("read") as event:
            data = self._transport.read(timeout_s)
            if data:
                event["data"] = data.hex()
        return data

    def write(self, data: bytes) -> None:
        """See `wire.Transport`."""
        with self._event("write") as event:
            event["data"] = data.hex()
            self._transport.write(data)

    @contextmanager
    def _event(self, op: str) -> Iterator[dict[str, Any]]:
        event: dict[str, Any] = {"op": op}
        began = time.monotonic()
        try:
            yield event
        except Restarted:
            event["restarted"] = True
            raise
        except DeviceError as error:
            event["error"], event["hint"] = error.message, error.hint
            raise
        finally:
            now = time.monotonic()
            times = {"t": round(now - self._start, 6), "s": round(now - began, 6)}
            self._line({**times, **event})

    def _line(self, document: Mapping[str, Any]) -> None:
        if not self._file.closed:
            self._file.write(json.dumps(document) + "\n")
            self._file.flush()


class Replay:
    """The `wire.Transport` of the last conversation in the recording `path`.

    Each write must be the one that was recorded, else DeviceError; each read gives what it gave,
    after as long, or at once without `timing`.
    """

    def __init__(self, path: Path, timing: bool = True) -> None:
        head, self._events = _parse(path)
        self.kind: Kind = head["kind"]
        self.build_id: str = head["build_id"]
        self._path = path
        self._timing = timing
        self._next = 0

    def read(self, timeout_s: float) -> bytes:
        """See `wire.Transport`."""
        event = self._take("read", "")
        return bytes.fromhex(event.get("data", ""))

    def write(self, data: bytes) -> None:
        """See `wire.Transport`."""
        self._take("write", data.hex())

    def _take(self, op: str, data: str) -> dict[str, Any]:
        """The next event, lived through; DeviceError when another one was recorded."""
        at_end = self._next == len(self._events)
        event: dict[str, Any] = {"op": "end"} if at_end else self._events[self._next]
        if event["op"] != op or (op == "write" and event["data"] != data):
            raise DeviceError(
                f"{self._path.name}: event {self._next + 1} of the recording is {_told(event)}, "
                f"this session would {op} {bytes.fromhex(data)[:40]!r}",
                "a recording fits the same build, samples and runs only",
            )
        self._next += 1
        if self._timing:
            time.sleep(event["s"])
        if "error" in event:
            raise DeviceError(event["error"], event["hint"])
        if event.get("restarted"):
            raise Restarted
        return event


def conversations(path: Path) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Heads and events of all conversations in a recording.

    UsageError when it is none; a last line that was cut off by a crash is left out.
    """
    found: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "give a file of --record") from None
    for number, text in enumerate(lines, 1):
        try:
            line = json.loads(text)
            if line.get("schema") == SCHEMA:
                found.append((line, []))
            else:
                float(line["s"]), line["op"]
                found[-1][1].append(line)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            if number == len(lines) and found:
                break
            raise UsageError(
                f"{path}: line {number} is not of a recording", "give a file of --record"
            ) from None
    if not found:
        raise UsageError(f"{path} holds no conversation", "give a file of --record")
    return found


def _parse(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    return conversations(path)[-1]


def _told(event: Mapping[str, Any]) -> str:
    data = bytes.fromhex(event.get("data", ""))
    return f"{event['op']} {data[:40]!r}" if data else str(event["op"])
