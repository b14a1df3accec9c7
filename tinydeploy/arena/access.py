"""How a kernel walks its input and output, in steps: what lets the two share memory.

A kernel works in steps. In a step it first reads (into registers or scratch) all that the step
needs, then writes some output bytes. Input bytes that no later write precedes a read of are dead,
and output may be written over them. Offsets are in bytes from the start of the tensor, ranges are
half open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Range: TypeAlias = tuple[int, int]
Hold: TypeAlias = Literal["copied", "step", "direct"]
"""When an input row is dead. `copied`: as soon as a step has reached it, for kernels that copy
(widen) each row into scratch once, in order. `step`: when no later step reads it, for kernels that
write a step's output only after the step's last read. `direct`: the same, but output is written
while the step still reads."""


@dataclass(frozen=True)
class Step:
    """Output bytes `written` are written while input bytes `needed` are still to be read, now or
    later."""

    written: Range
    needed: Range


def forward(fronts: Sequence[tuple[int, int]], input_bytes: int) -> tuple[Step, ...]:
    """Steps of an ascending kernel from pairs (input needed from, output written to) after each
    step."""
    steps = []
    start = 0
    for needed_from, written_to in fronts:
        steps.append(Step((start, written_to), (needed_from, input_bytes)))
        start = written_to
    return tuple(steps)


def mirrored(steps: Sequence[Step], input_bytes: int, output_bytes: int) -> tuple[Step, ...]:
    """The steps of the same walk from the last byte to the first."""
    return tuple(
        Step(
            (output_bytes - step.written[1], output_bytes - step.written[0]),
            (input_bytes - step.needed[1], input_bytes - step.needed[0]),
        )
        for step in steps
    )


def at_once(input_bytes: int, output_bytes: int, hold: Hold = "direct") -> tuple[Step, ...]:
    """One step: with `direct` all input is needed until all output is written (dense, transpose);
    else all input is read before anything is written (a global average with its sums in
    scratch)."""
    needed_from = 0 if hold == "direct" else input_bytes
    return (Step((0, output_bytes), (needed_from, input_bytes)),)


def same_place(input_bytes: int, output_bytes: int) -> tuple[Step, ...]:
    """Kernels whose output may begin exactly where the input begins, or lie apart from it, but
    nowhere in between: those that walk channel by channel through interleaved pixels."""
    middle = output_bytes // 2
    return (Step((0, middle), (middle, input_bytes)), Step((middle, output_bytes), (0, middle)))


def pixels(
    count: int, input_bytes: int, output_bytes: int, *, block: int = 1, hold: Hold = "step"
) -> tuple[Step, ...]:
    """Elementwise and 1×1 kernels: `count` pixels of `input_bytes` become pixels of `output_bytes`,
    `block` pixels a step."""
    fronts = []
    for start in range(0, count, block):
        stop = min(start + block, count)
        fronts.append(((start if hold == "direct" else stop) * input_bytes, stop * output_bytes))
    return forward(fronts, count * input_bytes)


@dataclass(frozen=True)
class Window:
    """The vertical geometry of a convolution or pooling; `pad` rows of padding lie above the
    input."""

    in_rows: int
    out_rows: int
    kernel: int
    stride: int = 1
    pad: int = 0
    dilation: int = 1

    def reads(self, row: int) -> Range:
        """Input rows that output row `row` reads, within the input."""
        first = row * self.stride - self.pad
        stop = first + (self.kernel - 1) * self.dilation + 1
        return self._clip(first), self._clip(stop)

    def upside_down(self) -> Window:
        """The same window seen from the last row."""
        reach = (self.out_rows - 1) * self.stride + (self.kernel - 1) * self.dilation + 1
        below = reach - self.pad - self.in_rows
        return Window(self.in_rows, self.out_rows, self.kernel, self.stride, below, self.dilation)

    def _clip(self, row: int) -> int:
        return min(max(row, 0), self.in_rows)


def rows(
    window: Window,
    input_bytes: int,
    output_bytes: int,
    *,
    block: int = 1,
    hold: Hold = "step",
    backward: bool = False,
) -> tuple[Step, ...]:
    """Sliding-window kernels: rows of `input_bytes` become rows of `output_bytes`, `block` rows a
    step."""
    if backward:
        steps = rows(window.upside_down(), input_bytes, output_bytes, block=block, hold=hold)
        return mirrored(steps, window.in_rows * input_bytes, window.out_rows * output_bytes)
    end = window.reads(window.out_rows - 1)[1]
    steps = ()
    for start in range(0, window.out_rows, block):
        stop = min(start + block, window.out_rows)
        needed = _needed_from(window, start, stop, hold)
        steps += (
            Step(
                (start * output_bytes, stop * output_bytes),
                (min(needed, end) * input_bytes, end * input_bytes),
            ),
        )
    return steps


def _needed_from(window: Window, start: int, stop: int, hold: Hold) -> int:
    if hold == "direct":
        return window.reads(start)[0]
    if hold == "copied":
        return window.reads(stop - 1)[1]
    return window.reads(stop)[0] if stop < window.out_rows else window.in_rows
