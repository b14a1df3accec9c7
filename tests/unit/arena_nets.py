"""Nets for the planner's tests: the request, and the reads and writes that the kernels really do.

The runs are made from the geometry alone, row by row, not from the steps that the planner is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from arena_checker import Bytes, Moment, Run, replay

from tinydeploy.arena import (
    Access,
    Buffer,
    Inside,
    Layout,
    Request,
    Step,
    Window,
    at_once,
    pixels,
    rows,
)


@dataclass
class Net:
    """Grows call by call; `last` is the call that reads a tensor last."""

    sizes: dict[str, int] = field(default_factory=dict)
    aligns: dict[str, int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    runs: list[dict[str, Run]] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)
    insides: list[Inside] = field(default_factory=list)
    inputs: list[str] = field(default_factory=list)
    scratches: set[str] = field(default_factory=set)

    def input(self, size: int, align: int = 4) -> str:
        name = self._tensor(size, -1, align)
        self.inputs.append(name)
        return name

    def walk(
        self,
        inputs: Sequence[tuple[str, dict[str, tuple[Step, ...]]]],
        size: int,
        moments: dict[str, tuple[Moment, ...]],
        *,
        scratch: int = 0,
        align: int = 4,
    ) -> str:
        """A call with steps per input and order; `moments` name the output ``."""
        call = len(self.runs)
        output = self._tensor(size, call, align)
        memory = ""
        if scratch:
            memory = f"scratch{call}"
            self.sizes[memory], self.aligns[memory] = scratch, 8
            self.first[memory] = self.last[memory] = call
            self.scratches.add(memory)
        for name, orders in inputs:
            self.last[name] = call
            self.accesses += [
                Access(call, name, output, steps, order) for order, steps in orders.items()
            ]
        self.runs.append(
            {o: Run(tuple(_named(m, output) for m in ms), memory) for o, ms in moments.items()}
        )
        return output

    def window(
        self,
        source: str,
        window: Window,
        in_row: int,
        out_row: int,
        *,
        hold: str = "step",
        block: int = 1,
        scratch: int = 0,
        both: bool = False,
    ) -> str:
        orders = {"forward": False, "backward": True} if both else {"forward": False}
        steps = {
            order: rows(window, in_row, out_row, block=block, hold=hold, backward=backward)
            for order, backward in orders.items()
        }
        moments = {
            order: _window_moments(source, window, in_row, out_row, hold, block, backward)
            for order, backward in orders.items()
        }
        size = window.out_rows * out_row
        return self.walk([(source, steps)], size, moments, scratch=scratch)

    def pixelwise(
        self,
        sources: Sequence[str],
        count: int,
        out_bytes: int,
        *,
        hold: str = "step",
        block: int = 1,
        scratch: int = 0,
    ) -> str:
        moments = []
        for start in range(0, count, block):
            stop = min(start + block, count)
            reads = tuple(
                (s, start * self.sizes[s] // count, stop * self.sizes[s] // count) for s in sources
            )
            moments += _moments(reads, start * out_bytes, stop * out_bytes, hold)
        inputs = [
            (
                s,
                {
                    "forward": pixels(
                        count, self.sizes[s] // count, out_bytes, block=block, hold=hold
                    )
                },
            )
            for s in sources
        ]
        return self.walk(inputs, count * out_bytes, {"forward": tuple(moments)}, scratch=scratch)

    def dense(self, source: str, size: int, *, hold: str = "direct", scratch: int = 0) -> str:
        steps = {"forward": at_once(self.sizes[source], size, hold)}
        moments = _moments(((source, 0, self.sizes[source]),), 0, size, hold)
        return self.walk([(source, steps)], size, {"forward": moments}, scratch=scratch)

    def rename(self, source: str) -> str:
        """A call without a kernel whose output is its input."""
        return self.split(source, [self.sizes[source]])[0]

    def split(self, source: str, sizes: Sequence[int]) -> list[str]:
        call = len(self.runs)
        at = 0
        parts = []
        for size in sizes:
            parts.append(self._tensor(size, call, self.aligns[source]))
            self.insides.append(Inside(parts[-1], source, at))
            at += size
        self.last[source] = call
        self.runs.append({"forward": Run(())})
        return parts

    def concatenate(self, sources: Sequence[str]) -> str:
        call = len(self.runs)
        whole = self._tensor(sum(self.sizes[s] for s in sources), call)
        at = 0
        for source in sources:
            self.insides.append(Inside(source, whole, at))
            self.last[source] = call
            at += self.sizes[source]
        self.runs.append({"forward": Run(())})
        return whole

    @property
    def outputs(self) -> list[str]:
        """Tensors that no call reads."""
        return [
            name
            for name, born in self.first.items()
            if self.last[name] == born and name not in self.scratches
        ]

    def request(self) -> Request:
        end = {name: len(self.runs) for name in self.outputs}
        return Request(
            tuple(
                Buffer(n, self.sizes[n], self.first[n], end.get(n, self.last[n]), self.aligns[n])
                for n in self.sizes
            ),
            tuple(self.accesses),
            tuple(self.insides),
        )

    def check(self, layout: Layout) -> None:
        """Replays the net in this layout."""
        runs = [
            run.get(layout.orders.get(call, "forward"), run["forward"])
            for call, run in enumerate(self.runs)
        ]
        same = {i.child: (i.parent, i.offset) for i in self.insides}
        replay(
            self.sizes,
            self.aligns,
            same,
            layout.offsets,
            layout.total,
            runs,
            self.inputs,
            self.outputs,
        )

    def _tensor(self, size: int, call: int, align: int = 4) -> str:
        name = f"t{len(self.sizes)}"
        self.sizes[name], self.aligns[name] = size, align
        self.first[name] = self.last[name] = call
        return name


def _named(moment: Moment, output: str) -> Moment:
    return Moment(moment.reads, tuple((output, a, b) for _, a, b in moment.writes))


def _moments(reads: tuple[Bytes, ...], start: int, stop: int, hold: str) -> tuple[Moment, ...]:
    """One step; a `direct` kernel reads again amid and after its writes."""
    if hold != "direct":
        return (Moment(reads, (("", start, stop),)),)
    middle = (start + stop) // 2
    return (
        Moment(reads, (("", start, middle),)),
        Moment(reads, (("", middle, stop),)),
        Moment(reads),
    )


def _window_moments(
    source: str, w: Window, in_row: int, out_row: int, hold: str, block: int, backward: bool
) -> tuple[Moment, ...]:
    moments: list[Moment] = []
    order = list(range(w.out_rows))
    if backward:
        order.reverse()
    copied: set[int] = set()
    for k in range(0, w.out_rows, block):
        done = order[k : k + block]
        taps = {r * w.stride - w.pad + t * w.dilation for r in done for t in range(w.kernel)}
        if hold == "copied":
            # A ring is filled row after row, also with those between the taps of a dilated kernel.
            taps = set(range(min(taps), max(taps) + 1)) - copied
        taps = {t for t in taps if 0 <= t < w.in_rows}
        copied |= taps
        reads = tuple((source, t * in_row, (t + 1) * in_row) for t in sorted(taps))
        moments += _moments(reads, min(done) * out_row, (max(done) + 1) * out_row, hold)
    return tuple(moments)
