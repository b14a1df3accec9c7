"""`Session`: an open conversation with a firmware, whatever runs it. The wire is docs/wire.md."""

from __future__ import annotations

import json
import re
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tinydeploy import recording
from tinydeploy.board import Board
from tinydeploy.errors import ArenaTooSmall, DeviceError
from tinydeploy.wire import READY, Damaged, Restarted, Silence, Transport, Wire, sum_line

PROTOCOL = 1
FRAME_BYTES = 4096
TRIES = 3
RESEND_S = 2.0
ANSWER_S = 10.0
INFERENCE_S = 120.0

Kind = recording.Kind
T = TypeVar("T")


@dataclass(frozen=True)
class DeviceInfo:
    """What `td info` says. `kept`: the firmware keeps the inputs, so many laps need them once.

    `tick_step`: the fewest ticks that its clock can tell apart, `cpu_hz`: the CPU's clock as it
    measured it; both 0 when it cannot tell. `sums`: its lines come with a CRC-32. `arena_used`: how
    many bytes of the arena the engine took there.
    """

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
    tick_step: int = 0
    cpu_hz: int = 0
    sums: bool = False
    arena_used: int = 0


@dataclass(frozen=True)
class Measurement:
    """Ticks of each lap and of each layer, without the ticks that an empty lap takes. `stack_bytes`
    is the most the firmware ever used of its stack, 0 where the port cannot tell; `tick_step` and
    `cpu_hz` are those of `DeviceInfo`, and `restarts` is how often the board restarted so far."""

    ticks: tuple[int, ...]
    tick_hz: int
    layer_ticks: tuple[int, ...]
    stack_bytes: int
    tick_step: int = 0
    cpu_hz: int = 0
    restarts: int = 0


def instructions(ticks: int, tick_hz: int, board: Board) -> int:
    """How many instructions the emulator counted in `ticks` of the firmware's timer."""
    if not board.instruction_ns:
        raise ValueError(f"{board.id} is not emulated")
    return round(ticks * 1_000_000_000 / (tick_hz * board.instruction_ns))


class Session:
    """A conversation with the firmware at the other end of `transport`.

    Making one waits until `td info` has answered; DeviceError when it does not within `answer_s`,
    or when the firmware is not build `build_id`: whoever holds a Session talks to that build.
    What arrives damaged is asked for again; when the board restarts, all is done anew, once.
    Within `recording.to` the conversation is recorded.
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
        self.restarts = 0
        self._wire = Wire(recording.recorded(transport, kind, build_id))
        self._build_id = build_id
        self._answer_s = answer_s
        self._inference_s = inference_s
        self._inputs = b""
        self._resent = 0
        self.info = self._greet()

    def command(self, text: str) -> list[str]:
        """The lines that the firmware answers to `text`, without the final `m-ready`."""
        self._wire.send(text)
        try:
            return self._wire.reply(self._answer_s)
        except Silence:
            raise self._wire.silent(self._answer_s) from None

    def infer(self, inputs: Sequence[bytes]) -> list[bytes]:
        """One inference; the bytes of each output tensor for those of each input tensor."""
        sizes = tuple(len(data) for data in inputs)
        if sizes != self.info.input_bytes:
            raise ValueError(f"inputs of {sizes} bytes; the model takes {self.info.input_bytes}")
        self._inputs = b"".join(inputs)
        return self._once_more(self._infer)

    def sequence(self, samples: Sequence[Sequence[bytes]]) -> list[list[bytes]]:
        """Inferences one after another from a reset on: what a model that keeps state makes of a
        sequence. When the board restarts, or an answer gets lost amid it, all is done anew."""
        for _ in range(TRIES):
            resent = self._resent
            outputs = self._once_more(lambda: self._sequence(samples))
            if self._resent == resent:
                return outputs
        raise DeviceError(
            f"answers got lost in each of {TRIES} runs of a sequence of {len(samples)} inferences",
            "bytes get lost on the line: another cable or USB port, or a lower --baud",
            self._wire.recent,
        )

    def reset(self) -> None:
        """Forget all that outlives an inference; a model that keeps no state has nothing to."""
        self._once_more(self._reset)

    def layer_output(self, layer: int, output: int = 0, anew: bool = False) -> bytes:
        """What `layer` wrote into its output number `output` for the inputs of the last `infer`;
        the firmware runs them again, with `anew` from a reset on."""

        def prepare() -> None:
            if anew:
                self._reset()
            self._load()

        def ask() -> bytes:
            prepare()
            which = f"{layer} {output}" if output else f"{layer}"
            return self._data(f"td layer {which}", before_again=prepare)

        return self._once_more(ask)

    def measure(self, runs: int, warmup: int) -> Measurement:
        """Time `runs` inferences of the last inputs (zeros when there were none) after `warmup`."""
        if not self._inputs:
            self._inputs = bytes(sum(self.info.input_bytes))
        return self._once_more(lambda: self._measure(runs, warmup))

    def _once_more(self, ask: Callable[[], T]) -> T:
        """What `ask` gives; a board that restarted lost its inputs, so all of `ask` is repeated."""
        try:
            return ask()
        except Restarted:
            self.restarts += 1
        try:
            self.info = self._greet()
            return ask()
        except Restarted:
            raise DeviceError(
                "the board restarted, and again when it was asked the same once more",
                "a watchdog, a crash or too little power does that: another cable or USB port; "
                "`tinydeploy monitor` shows what the board says of it",
                self._wire.recent,
            ) from None

    def _infer(self) -> list[bytes]:
        self._load()
        self._run(1, 0)
        return [self._data(f"td out {index}") for index in range(len(self.info.output_bytes))]

    def _sequence(self, samples: Sequence[Sequence[bytes]]) -> list[list[bytes]]:
        self._reset()
        outputs = []
        for inputs in samples:
            self._inputs = b"".join(inputs)
            outputs.append(self._infer())
        return outputs

    def _reset(self) -> None:
        lines = self._until_whole("td reset", self._reset_once, self._answer_s)
        self._checked(lines)

    def _reset_once(self) -> list[str]:
        self._wire.send("td reset")
        lines = self._wire.reply(self._answer_s)
        if lines != ["m-reset"] and not any(line.startswith("e-[") for line in lines):
            raise Damaged
        return lines

    def _measure(self, runs: int, warmup: int) -> Measurement:
        self._load()
        if self.info.kept:
            ticks = self._run(runs, warmup)
        else:  # an inference may overwrite its input: each lap gets it anew
            laps = [self._lap_with_inputs() for _ in range(warmup + runs)]
            ticks = tuple(laps[warmup:])
            self._load()
        layer_ticks = self._layers()
        (memory,) = _after(self._ask("td mem", self._answer_s), "m-mem-")
        return Measurement(
            ticks,
            self.info.tick_hz,
            layer_ticks,
            json.loads(memory)["stack_bytes"],
            self.info.tick_step,
            self.info.cpu_hz,
            self.restarts,
        )

    def _lap_with_inputs(self) -> int:
        self._load()
        return self._run(1, 0)[0]

    def _run(self, runs: int, warmup: int) -> tuple[int, ...]:
        lines = self._ask(f"td run {runs} {warmup}", self._inference_s)
        empty = _after(lines, "m-empty-")
        ticks = _after(lines, "m-ticks-")
        if len(empty) != 1 or len(ticks) != runs:
            raise self._unexpected(f"td run {runs} {warmup}", lines)
        return tuple(max(0, int(t) - int(empty[0])) for t in ticks)

    def _layers(self) -> tuple[int, ...]:
        lines = self._ask("td layers", self._inference_s)
        empty = _after(lines, "m-empty-")
        pairs = [line.split("-") for line in _after(lines, "m-layer-")]
        if len(empty) != 1 or [int(pair[0]) for pair in pairs] != list(range(self.info.layers)):
            raise self._unexpected("td layers", lines)
        return tuple(max(0, int(pair[1]) - int(empty[0])) for pair in pairs)

    def _ask(self, command: str, timeout_s: float) -> list[str]:
        """The lines that answer `command`; asked again when its CRC-32 says they are damaged."""

        def ask() -> list[str]:
            self._wire.send(command)
            return self._wire.reply(timeout_s, self.info.sums)

        return self._checked(self._until_whole(command, ask, timeout_s))

    def _load(self) -> None:
        for offset in range(0, len(self._inputs), FRAME_BYTES):
            self._frame(offset, self._inputs[offset : offset + FRAME_BYTES])

    def _frame(self, offset: int, data: bytes) -> None:
        """Send one piece of the inputs, again when it did not arrive whole."""
        head = f"td in {offset} {len(data)} {zlib.crc32(data)}"

        def ask() -> None:
            self._wire.send(head, data)
            lines = self._wire.reply(self._answer_s)
            if lines != [f"m-in-{len(data)}"]:
                if any(line.startswith("e-[INPUT") for line in lines) and len(lines) == 1:
                    self._checked(lines)
                raise Damaged

        self._until_whole("td in", ask, self._answer_s)

    def _data(self, command: str, before_again: Callable[[], None] | None = None) -> bytes:
        """The data frame that answers `command`; `before_again` runs before it is asked again."""
        tries = 0

        def ask() -> bytes:
            nonlocal tries
            tries += 1
            if tries > 1 and before_again is not None:
                before_again()
            self._wire.send(command)
            return self._data_frame()

        return self._until_whole(command, ask, self._inference_s)

    def _data_frame(self) -> bytes:
        before: list[str] = []
        while not (line := self._until(self._inference_s)).startswith("m-data-"):
            if line == READY:
                self._checked(before)
                raise Damaged
            before.append(line)
        size, _, crc = line.removeprefix("m-data-").partition("-")
        if not size.isdecimal() or int(size) > self._largest():
            raise Damaged
        data = self._wire.take(int(size), self._answer_s)
        self._checked(self._wire.reply(self._answer_s))
        if f"{zlib.crc32(data):08x}" != crc:
            raise Damaged
        return data

    def _until(self, timeout_s: float) -> str:
        return self._wire.line(time.monotonic() + timeout_s)

    def _largest(self) -> int:
        """No tensor of the model is larger: a frame that says so is damaged."""
        return max(*self.info.output_bytes, *self.info.input_bytes, self.info.arena_bytes)

    def _until_whole(self, command: str, ask: Callable[[], T], timeout_s: float) -> T:
        """What `ask` gives, in at most TRIES; a firmware that says nothing at all hangs."""
        for attempt in range(1, TRIES + 1):
            self._resent += attempt > 1
            try:
                return ask()
            except Silence:
                error: DeviceError = self._wire.silent(timeout_s)
                if not self._wire.settle():
                    raise error from None
            except Damaged:
                error = DeviceError(
                    f"`{command}` arrived damaged {attempt} times",
                    "bytes get lost on the line: another cable or USB port, or a lower --baud",
                    self._wire.recent,
                )
                self._wire.settle()
        raise error

    def _greet(self) -> DeviceInfo:
        """Ask for `td info` until it answers. The lone `%` ends what was left on the line."""
        self._wire.armed = False
        end = time.monotonic() + self._answer_s
        sent = 0
        while True:
            self._wire.send("%td info")
            sent += 1
            try:
                info = self._find_info(min(end, time.monotonic() + RESEND_S))
                break
            except (Silence, Restarted):
                if time.monotonic() >= end:
                    raise self._wire.silent(self._answer_s) from None
        if sent > 1:  # answers to the earlier questions may still come
            self._wire.drain()
        self._wire.armed = True
        if info.build_id != self._build_id:
            raise DeviceError(
                f"the firmware that answers is build {info.build_id}, not {self._build_id}",
                "flash the board again; if it stays so, another board answers on this port",
            )
        return info

    def _find_info(self, end: float) -> DeviceInfo:
        while True:
            line = self._wire.line(end)
            _, found, text = line.partition("m-info-")
            if found:
                rest = []
                while (line := self._wire.line(end)) != READY:
                    rest.append(line)
                if not rest or rest[-1] == sum_line(f"m-info-{text}"):
                    return _device_info(text)

    def _checked(self, lines: list[str]) -> list[str]:
        """`lines`, unless one of them is an error of the firmware."""
        for line in lines:
            if line.startswith("e-["):
                text = line[3:].rstrip("]")
                message, hint = f"the firmware reports: {text}", _HINTS.get(text.split(" ")[0], "")
                if arena := re.fullmatch(r"ARENA need=(\d+) have=(\d+)", text):
                    needed, have = map(int, arena.groups())
                    raise ArenaTooSmall(message, hint, self._wire.recent, needed, have)
                raise DeviceError(message, hint, self._wire.recent)
        return lines

    def _unexpected(self, command: str, lines: list[str]) -> DeviceError:
        return DeviceError(
            f"`{command}` was answered by {lines[-3:]}", "check the cable", self._wire.recent
        )


def replay(path: Path, build_id: str = "", timing: bool = True) -> Session:
    """The recorded session in `path`, without its board: what is said must be what was said then.

    `build_id` is the build that must answer, the recorded one when empty. Without `timing` all
    answers come at once; what the host did because time had passed it then does not do.
    """
    recorded = recording.Replay(path, timing)
    return Session(recorded, recorded.kind, build_id or recorded.build_id)


def _after(lines: Sequence[str], prefix: str) -> list[str]:
    return [line[len(prefix) :] for line in lines if line.startswith(prefix)]


_HINTS = {
    "ARENA": "the model needs a larger arena than it was built with: raise it and build again",
    "OP": "an operator is missing in the firmware: build again with this version of tinydeploy",
    "RAM": "the board has no room to keep the inputs: run one inference at a time",
    "SCHEMA": "the firmware reads the model wrongly: its schema, struct layout or scales differ",
}


def _device_info(text: str) -> DeviceInfo:
    try:
        fields: dict[str, Any] = json.loads(text)
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
            arena_used=fields.get("arena_used", 0),
            tick_step=fields.get("tick_step", 0),
            cpu_hz=fields.get("cpu_hz", 0),
            sums=bool(fields.get("sums", 0)),
        )
    except (json.JSONDecodeError, KeyError, TypeError):
        raise DeviceError(f"`td info` was answered by {text!r}", "check the cable") from None
