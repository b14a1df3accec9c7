"""Replays a model's reads and writes byte by byte in a shadow arena. Shares no code with the
planner.

Every byte of every tensor has a tag of its own. A write puts the tensor's tags into the arena at
the tensor's offset, a read must find them there. Tensors with the same content (renames, parts)
have the same tags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bytes = tuple[str, int, int]
"""Bytes [start, stop) of a tensor."""


class Clobbered(AssertionError):  # the word is the event
    """A read found bytes of another tensor."""


@dataclass(frozen=True)
class Moment:
    """What a kernel does at once: it reads all of `reads`, then writes all of `writes`."""

    reads: tuple[Bytes, ...] = ()
    writes: tuple[Bytes, ...] = ()


@dataclass(frozen=True)
class Run:
    """One kernel call. Its scratch is filled before the first moment and must survive until the
    last."""

    moments: tuple[Moment, ...]
    scratch: str = ""


def replay(
    sizes: Mapping[str, int],
    aligns: Mapping[str, int],
    same: Mapping[str, tuple[str, int]],
    offsets: Mapping[str, int],
    total: int,
    runs: Sequence[Run],
    inputs: Sequence[str],
    outputs: Sequence[str],
) -> None:
    """Raises Clobbered at the first wrong byte. `same[t] = (u, k)`: tensor t is bytes k… of tensor
    u."""
    for name, at in offsets.items():
        if at < 0 or at + sizes[name] > total or at % aligns[name]:
            raise Clobbered(f"{name} at {at}: outside of the arena or misaligned")
    shadow = Shadow(sizes, same, offsets, total)
    for name in inputs:
        shadow.write(name, 0, sizes[name])
    for number, run in enumerate(runs):
        shadow.call = number
        if run.scratch:
            shadow.write(run.scratch, 0, sizes[run.scratch])
        for moment in run.moments:
            for name, start, stop in moment.reads:
                shadow.read(name, start, stop)
            for name, start, stop in moment.writes:
                shadow.write(name, start, stop)
            if run.scratch:
                shadow.read(run.scratch, 0, sizes[run.scratch])
    for name in outputs:
        shadow.read(name, 0, sizes[name])


class Shadow:
    """The arena's tags."""

    def __init__(
        self,
        sizes: Mapping[str, int],
        same: Mapping[str, tuple[str, int]],
        offsets: Mapping[str, int],
        total: int,
    ) -> None:
        self.call = -1
        self._offsets = offsets
        self._memory = np.full(total, -1, np.int64)
        self._tags: dict[str, NDArray[np.int64]] = {}
        used = 0
        for name, size in sizes.items():
            if name not in same:
                self._tags[name] = np.arange(used, used + size)
                used += size
        for name in same:
            root, skip = name, 0
            while root in same:
                root, more = same[root]
                skip += more
            self._tags[name] = self._tags[root][skip : skip + sizes[name]]

    def write(self, name: str, start: int, stop: int) -> None:
        at = self._offsets[name]
        self._memory[at + start : at + stop] = self._tags[name][start:stop]

    def read(self, name: str, start: int, stop: int) -> None:
        at = self._offsets[name]
        wrong = self._memory[at + start : at + stop] != self._tags[name][start:stop]
        if wrong.any():
            byte = start + int(wrong.argmax())
            raise Clobbered(f"call {self.call}: byte {byte} of {name} is not its own")
