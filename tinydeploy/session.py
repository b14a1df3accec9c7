"""`Session`: an open conversation with a firmware, whatever runs it. The wire is docs/wire.md."""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from tinydeploy.board import Board
from tinydeploy.errors import DeviceError

PROTOCOL = 1
FRAME_BYTES = 4096
FRAME_TRIES = 3
RESEND_S = 2.0
SETTLE_S = 0.3
ANSWER_S = 10.0
INFERENCE_S = 120.0

Kind = Literal["device", "emulated", "host"]


class Transport(Protocol):
    """A line to a firmware: a pty, a serial port."""

    def read(self, timeout_s: float) -> bytes:
        """What has come, after waiting at most `timeout_s` for the first byte; b"" on silence.

        DeviceError when the other end is gone.
        """

    def write(self, data: bytes) -> None:
        """Send all of `data`; DeviceError when the other end is gone."""


@dataclass(frozen=True)
class DeviceInfo:
    """What `td info` says. `kept`: the firmware keeps the inputs, so many laps need them once."""

    protocol: int
    build_id: str
    engine: str
    model_name: str
    model_sha256: str
    arena_bytes: int
    tick_hz: int
    layers: int
    kept: bool
    input_bytes: tuple[int, ...]
    output_bytes: tuple[int, ...]


@dataclass(frozen=True)
class Measurement:
    """Ticks of each lap and of each layer, without the ticks that an empty lap takes. `stack_bytes`
    is the most the firmware ever used of its stack, 0 where the port cannot tell."""

    ticks: tuple[int, ...]
    tick_hz: int
    layer_ticks: tuple[int, ...]
    stack_bytes: int


def instructions(ticks: int, tick_hz: int, board: Board) -> int:
    """How many instructions QEMU counted in `ticks` of the firmware's timer.

    With `-icount shift=N` each instruction takes 2**N ns of virtual time (QEMU: tcg-icount).
    """
    if board.qemu is None:
        raise ValueError(f"{board.id} is not emulated by QEMU")
    return round(ticks * 1_000_000_000 / (tick_hz << board.qemu.icount_shift))


class Session:
    """A conversation with the firmware at the other end of `transport`.

    Making one waits until `td info` has answered; DeviceError when it does not within `answer_s`,
    or when the firmware is not build `build_id`: whoever holds a Session talks to that build.
    """

    def __init__(
        self,
        transport: Transport,
        kind: Kind,
        build_id: str,
        answer_s: float = ANSWER_S,
        inference_s: float = INFERENCE_S,
    ) -> None:
        self.kind = kind
        self._transport = transport
        self._buffer = bytearray()
        self._tail = b""
        self._answer_s = answer_s
        self._inference_s = inference_s
        self._inputs = b""
        self.info = self._greet()
        if self.info.build_id != build_id:
            raise DeviceError(
                f"the firmware that answers is build {self.info.build_id}, not {build_id}",
                "flash the board again; if it stays so, another board answers on this port",
            )

    def command(self, text: str) -> list[str]:
        """The lines that the firmware answers to `text`, without the final `m-ready`."""
        self._send(text)
        return self._reply(self._answer_s)

    def infer(self, inputs: Sequence[bytes]) -> list[bytes]:
        """One inference; the bytes of each output tensor for those of each input tensor."""
        self._load(inputs)
        self._run(1, 0)
        return [self._data(f"td out {index}") for index in range(len(self.info.output_bytes))]

    def layer_output(self, layer: int) -> bytes:
        """What `layer` wrote for the inputs of the last `infer`; the firmware runs them again."""
        self._load_again()
        return self._data(f"td layer {layer}")

    def measure(self, runs: int, warmup: int) -> Measurement:
        """Time `runs` inferences of the last inputs (zeros when there were none) after `warmup`."""
        if not self._inputs:
            self._inputs = bytes(sum(self.info.input_bytes))
        self._load_again()
        if self.info.kept:
            ticks = self._run(runs, warmup)
        else:  # an inference may overwrite its input: each lap gets it anew
            laps = [self._lap_with_inputs() for _ in range(warmup + runs)]
            ticks = tuple(laps[warmup:])
            self._load_again()
        layer_ticks = self._layers()
        (memory,) = self._wanted("td mem", "m-mem-", self._answer_s)
        return Measurement(ticks, self.info.tick_hz, layer_ticks, json.loads(memory)["stack_bytes"])

    def _lap_with_inputs(self) -> int:
        self._load_again()
        return self._run(1, 0)[0]

    def _run(self, runs: int, warmup: int) -> tuple[int, ...]:
        self._send(f"td run {runs} {warmup}")
        lines = _checked(self._reply(self._inference_s))
        empty = _after(lines, "m-empty-")
        ticks = _after(lines, "m-ticks-")
        if len(empty) != 1 or len(ticks) != runs:
            raise DeviceError(f"`td run {runs} {warmup}` was answered by {lines[-3:]}")
        return tuple(max(0, int(t) - int(empty[0])) for t in ticks)

    def _layers(self) -> tuple[int, ...]:
        self._send("td layers")
        lines = _checked(self._reply(self._inference_s))
        (empty,) = _after(lines, "m-empty-")
        pairs = [line.split("-") for line in _after(lines, "m-layer-")]
        if [int(layer) for layer, _ in pairs] != list(range(self.info.layers)):
            raise DeviceError(f"`td layers` was answered by {lines[-3:]}")
        return tuple(max(0, int(ticks) - int(empty)) for _, ticks in pairs)

    def _load(self, inputs: Sequence[bytes]) -> None:
        sizes = tuple(len(data) for data in inputs)
        if sizes != self.info.input_bytes:
            raise ValueError(f"inputs of {sizes} bytes; the model takes {self.info.input_bytes}")
        self._inputs = b"".join(inputs)
        self._load_again()

    def _load_again(self) -> None:
        for offset in range(0, len(self._inputs), FRAME_BYTES):
            self._frame(offset, self._inputs[offset : offset + FRAME_BYTES])

    def _frame(self, offset: int, data: bytes) -> None:
        """Send one piece of the inputs, again when it did not arrive whole."""
        for attempt in range(1, FRAME_TRIES + 1):
            self._transport.write(
                b"td in %d %d %d%%" % (offset, len(data), zlib.crc32(data)) + data
            )
            lines = self._reply(self._answer_s)
            if lines == [f"m-in-{len(data)}"]:
                return
            if (
                attempt == FRAME_TRIES
                or not lines
                or not lines[-1].startswith(("e-[CRC", "e-[FRAME"))
            ):
                _checked(lines)
                raise DeviceError(f"`td in` was answered by {lines[-3:]}")

    def _data(self, command: str) -> bytes:
        """The data frame that answers `command`."""
        self._send(command)
        while not (line := self._line(self._inference_s)).startswith("m-data-"):
            if line.startswith("e-["):
                self._reply(self._answer_s)
                _checked([line])
            if line == "m-ready":
                raise DeviceError(f"`{command}` was answered without data")
        _, _, size, crc = line.split("-")
        data = self._take(int(size), self._answer_s)
        _checked(self._reply(self._answer_s))
        if zlib.crc32(data) != int(crc, 16):
            raise DeviceError(
                f"`{command}` arrived damaged: its CRC-32 is not {crc}", "check the cable"
            )
        return data

    def _wanted(self, command: str, prefix: str, timeout_s: float) -> list[str]:
        self._send(command)
        return _after(_checked(self._reply(timeout_s)), prefix)

    def _greet(self) -> DeviceInfo:
        """Ask for `td info` until it answers. The lone `%` ends what was left on the line."""
        end = time.monotonic() + self._answer_s
        sent = 0
        while True:
            self._transport.write(b"%td info%")
            sent += 1
            try:
                info = self._find_info(min(end, time.monotonic() + RESEND_S))
                break
            except _Silence:
                if time.monotonic() >= end:
                    raise self._silent(self._answer_s) from None
        if sent > 1:  # answers to the earlier questions may still come
            while self._transport.read(SETTLE_S):
                pass
            self._buffer.clear()
        return info

    def _find_info(self, end: float) -> DeviceInfo:
        while True:
            line = self._line_until(end)
            _, found, text = line.partition("m-info-")
            if found:
                info = _device_info(text)
                while self._line_until(end) != "m-ready":
                    pass
                return info

    def _send(self, text: str) -> None:
        self._transport.write(text.encode() + b"%")

    def _reply(self, timeout_s: float) -> list[str]:
        """Lines up to `m-ready`; at most `timeout_s` of silence before each."""
        lines: list[str] = []
        while (line := self._line(timeout_s)) != "m-ready":
            if line:
                lines.append(line)
        return lines

    def _line(self, timeout_s: float) -> str:
        try:
            return self._line_until(time.monotonic() + timeout_s)
        except _Silence:
            raise self._silent(timeout_s) from None

    def _line_until(self, end: float) -> str:
        while b"\n" not in self._buffer:
            self._receive(end)
        data, _, rest = self._buffer.partition(b"\n")
        self._buffer = bytearray(rest)
        line = data.decode("ascii", errors="replace").strip("\r")
        if fault := re.search(r"e-\[FAULT[^]]*\]", line):
            raise DeviceError(
                f"the firmware crashed: {fault[0]}", "build with -v and look at the layer"
            )
        return line

    def _take(self, size: int, timeout_s: float) -> bytes:
        while len(self._buffer) < size:
            try:
                self._receive(time.monotonic() + timeout_s)
            except _Silence:
                raise self._silent(timeout_s) from None
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _receive(self, end: float) -> None:
        left = end - time.monotonic()
        data = self._transport.read(left) if left > 0 else b""
        if not data:
            raise _Silence
        self._tail = (self._tail + data)[-80:]
        self._buffer += data

    def _silent(self, timeout_s: float) -> DeviceError:
        said = f"the last bytes were {self._tail!r}" if self._tail else "not one byte came"
        return DeviceError(
            f"the firmware did not answer for {timeout_s:g} s; {said}",
            "reset the board; look at its port, its baud rate and its power; -v shows commands",
        )


class _Silence(Exception):
    """Nothing came in time: the end of a wait, which its caller makes an error or not."""


def _after(lines: Sequence[str], prefix: str) -> list[str]:
    return [line[len(prefix) :] for line in lines if line.startswith(prefix)]


_HINTS = {
    "ARENA": "the model needs a larger arena than it was built with: raise it and build again",
    "OP": "an operator is missing in the firmware: build again with this version of tinydeploy",
    "RAM": "the board has no room to keep the inputs: run one inference at a time",
    "SCHEMA": "the model's schema is not the one the firmware's library reads",
}


def _checked(lines: list[str]) -> list[str]:
    """`lines`, unless one of them is an error of the firmware."""
    for line in lines:
        if line.startswith("e-["):
            text = line[3:].rstrip("]")
            raise DeviceError(f"the firmware reports: {text}", _HINTS.get(text.split(" ")[0], ""))
    return lines


def _device_info(text: str) -> DeviceInfo:
    try:
        fields = json.loads(text)
        protocol = fields["protocol"]
        if protocol != PROTOCOL:
            raise DeviceError(
                f"the firmware speaks protocol {protocol}, this tinydeploy {PROTOCOL}",
                "flash the board again with this version of tinydeploy",
            )
        return DeviceInfo(
            protocol=protocol,
            build_id=fields["build_id"],
            engine=fields["engine"],
            model_name=fields["model_name"],
            model_sha256=fields["model_sha256"],
            arena_bytes=fields["arena_bytes"],
            tick_hz=fields["tick_hz"],
            layers=fields["layers"],
            kept=bool(fields["kept"]),
            input_bytes=tuple(fields["input_bytes"]),
            output_bytes=tuple(fields["output_bytes"]),
        )
    except (json.JSONDecodeError, KeyError, TypeError):
        raise DeviceError(f"`td info` was answered by {text!r}", "check the cable") from None
