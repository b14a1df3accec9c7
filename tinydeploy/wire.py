"""`Wire`: lines and frames over a `Transport` (docs/wire.md), and what goes wrong with them."""

from __future__ import annotations

import re
import time
import zlib
from collections import deque
from typing import Protocol

from tinydeploy.errors import DeviceError

SETTLE_S = 0.3
RECENT_LINES = 5
TAIL_BYTES = 80
READY = "m-ready"
_BOOTED = "m-init-done"


class Transport(Protocol):
    """A line to a firmware: a pty, a serial port."""

    def read(self, timeout_s: float) -> bytes:
        """What has come, after waiting at most `timeout_s` for the first byte; b"" on silence.

        DeviceError when the other end is gone.
        """

    def write(self, data: bytes) -> None:
        """Send all of `data`; DeviceError when the other end is gone."""


class Silence(Exception):
    """Nothing came in time."""


class Damaged(Exception):
    """What came is not what the firmware sent, or the firmware got something else than was sent."""


class Restarted(Exception):
    """The firmware booted although nobody asked it to: what it was told is gone."""


class SilentDevice(DeviceError):
    """A firmware that does not answer, or no firmware at all."""


class Wire:
    """Both directions of `transport`. Restarts count once `armed`: a board may boot when its port
    is opened."""

    def __init__(self, transport: Transport) -> None:
        self.armed = False
        self._transport = transport
        self._buffer = bytearray()
        self._tail = b""
        self._recent: deque[str] = deque(maxlen=RECENT_LINES)

    def send(self, text: str, data: bytes = b"") -> None:
        """A command, and the bytes of its frame."""
        self._transport.write(text.encode() + b"%" + data)

    def line(self, end: float) -> str:
        """The next line without its end; `Silence` at time `end`, `Restarted`, or DeviceError when
        the firmware tells that it crashed."""
        while b"\n" not in self._buffer:
            self._receive(end)
        data, _, rest = self._buffer.partition(b"\n")
        self._buffer = bytearray(rest)
        line = data.decode("ascii", errors="replace").strip("\r")
        self._recent.append(line)
        if fault := re.search(r"e-\[FAULT[^]]*\]", line):
            raise DeviceError(
                f"the firmware crashed: {fault[0]}",
                "build with -v and look at the layer",
                tuple(self._recent),
            )
        if self.armed and line.endswith(_BOOTED):
            raise Restarted
        return line

    def reply(self, timeout_s: float, sums: bool = False) -> list[str]:
        """Lines up to `m-ready`; at most `timeout_s` of silence before each.

        With `sums` the last of them is the CRC-32 of the others; `Damaged` when it is not.
        """
        lines: list[str] = []
        while (line := self.line(time.monotonic() + timeout_s)) != READY:
            if line:
                lines.append(line)
        return _summed(lines) if sums else lines

    def take(self, size: int, timeout_s: float) -> bytes:
        """`size` raw bytes; at most `timeout_s` of silence before each piece."""
        while len(self._buffer) < size:
            self._receive(time.monotonic() + timeout_s)
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def settle(self) -> bool:
        """End whatever command the firmware may be reading and drop what it says; whether it said
        anything. `Restarted` when that tells of a boot."""
        self._transport.write(b"%")
        return self.drain()

    def drain(self) -> bool:
        """Drop all that comes, until nothing has come for SETTLE_S."""
        said = bytes(self._buffer)
        self._buffer.clear()
        heard = False
        while more := self._transport.read(SETTLE_S):
            heard = True
            said += more
        if self.armed and _BOOTED.encode() in said:
            raise Restarted
        return heard

    def silent(self, timeout_s: float) -> SilentDevice:
        """The error for silence, with the last that was heard."""
        said = f"the last bytes were {self._tail!r}" if self._tail else "not one byte came"
        return SilentDevice(
            f"the firmware did not answer for {timeout_s:g} s; {said}",
            "reset the board; look at its port, its baud rate and its power; -v shows commands",
            self.recent,
        )

    @property
    def recent(self) -> tuple[str, ...]:
        """The last lines that came."""
        return tuple(self._recent)

    def _receive(self, end: float) -> None:
        left = end - time.monotonic()
        data = self._transport.read(left) if left > 0 else b""
        if not data:
            raise Silence
        self._tail = (self._tail + data)[-TAIL_BYTES:]
        self._buffer += data


def sum_line(*lines: str) -> str:
    """The line that the firmware sends after `lines`: their CRC-32."""
    text = "".join(f"{line}\r\n" for line in lines)
    return f"m-sum-{zlib.crc32(text.encode(errors='replace')):08x}"


def _summed(lines: list[str]) -> list[str]:
    if not lines or lines[-1] != sum_line(*lines[:-1]):
        raise Damaged
    return lines[:-1]
