"""The placement problem in numbers: blocks by index, their sizes, and the differences that pairs
forbid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tinydeploy.arena.conflicts import Block, Gap, Shared, alive_together, conflict, reversed_gaps


@dataclass(frozen=True)
class Problem:
    """`conflicts[i][j]` are the open intervals of forbidden offset(i) - offset(j); pairs without
    are absent."""

    sizes: tuple[int, ...]
    aligns: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    conflicts: tuple[Mapping[int, tuple[Gap, ...]], ...]

    def part(self, chosen: Sequence[int]) -> Problem:
        """The problem of these blocks alone."""
        place = {block: index for index, block in enumerate(chosen)}
        return Problem(
            tuple(self.sizes[i] for i in chosen),
            tuple(self.aligns[i] for i in chosen),
            tuple(self.spans[i] for i in chosen),
            tuple(
                {place[j]: gaps for j, gaps in self.conflicts[i].items() if j in place}
                for i in chosen
            ),
        )

    def total(self, offsets: Sequence[int]) -> int:
        """Bytes up to the end of the highest block."""
        return max((at + size for at, size in zip(offsets, self.sizes, strict=True)), default=0)


def problem_of(blocks: Sequence[Block], shared: Shared) -> Problem:
    """Numbers of the blocks."""
    spans = tuple(
        (min(p.buffer.first for p in b.parts), max(p.buffer.last for p in b.parts)) for b in blocks
    )
    conflicts: list[dict[int, tuple[Gap, ...]]] = [{} for _ in blocks]
    for i, block in enumerate(blocks):
        for j in range(i):
            if spans[i][0] > spans[j][1] or spans[j][0] > spans[i][1]:
                continue
            gaps = conflict(block, blocks[j], shared)
            if gaps:
                conflicts[i][j] = gaps
                conflicts[j][i] = reversed_gaps(gaps)
    sizes = tuple(block.bytes for block in blocks)
    return Problem(sizes, tuple(block.align for block in blocks), spans, tuple(conflicts))


def live_bytes(
    blocks: Sequence[Block],
    shared: Shared,
    call: int,
) -> int:
    """A lower bound: bytes alive in `call`, less the most that its inputs and outputs can share."""
    alive = [
        [part for part in block.parts if part.buffer.first <= call <= part.buffer.last]
        for block in blocks
    ]
    covered = sum(
        _covered((part.offset, part.offset + part.buffer.bytes) for part in parts)
        for parts in alive
    )
    names = {part.buffer.name: part.buffer for parts in alive for part in parts}
    for (input_name, output_name), choices in shared.items():
        if input_name in names and output_name in names:
            a, b = names[input_name], names[output_name]
            if alive_together(a, b):
                covered -= max(_most_shared(a.bytes, b.bytes, gaps) for _, gaps in choices)
    return covered


def _covered(ranges: Iterable[tuple[int, int]]) -> int:
    total = reach = 0
    for start, stop in sorted(ranges):
        total += max(stop - max(start, reach), 0)
        reach = max(reach, stop)
    return total


def _most_shared(input_bytes: int, output_bytes: int, gaps: Iterable[Gap]) -> int:
    """The longest overlap that the gaps allow; it rises, stays and falls with the difference, so
    that it is largest at a corner or at the edge of a gap."""
    gaps = tuple(gaps)
    differences = {0, output_bytes - input_bytes, *(edge for gap in gaps for edge in gap)}
    return max(
        (
            min(d + input_bytes, output_bytes) - max(d, 0)
            for d in differences
            if not any(low < d < high for low, high in gaps)
        ),
        default=0,
    )
