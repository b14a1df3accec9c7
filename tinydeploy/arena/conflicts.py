"""From a request to blocks and the distances that they may not have.

Buffers that lie inside one another at a fixed offset form one rigid block. Of two blocks A and B
only the difference D = offset(A) - offset(B) matters. Two buffers of sizes a and b that are alive
together and share nothing forbid -a < D < b. A step that writes output bytes [w0, w1) while input
bytes [n0, n1) are needed forbids, with D = offset(input) - offset(output), exactly w0 - n1 < D < w1
- n0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from tinydeploy.arena.access import Step
from tinydeploy.arena.request import Access, Buffer, Inside, Request

Gap: TypeAlias = tuple[int, int]
"""An open interval (low, high) of forbidden differences; low and high themselves are allowed."""

Pair: TypeAlias = tuple[str, str]
"""Names of an input and an output."""

Shared: TypeAlias = Mapping[Pair, tuple[tuple[str, tuple[Gap, ...]], ...]]
"""For each pair that may share memory: its possible orders, each with its forbidden differences."""


@dataclass(frozen=True)
class Part:
    """A buffer at a fixed offset inside its block."""

    buffer: Buffer
    offset: int


@dataclass(frozen=True)
class Block:
    """Parts that move together; its own offset is a multiple of `align`."""

    parts: tuple[Part, ...]

    @property
    def bytes(self) -> int:
        """Bytes from the block's offset to the end of its highest part."""
        return max(part.offset + part.buffer.bytes for part in self.parts)

    @property
    def align(self) -> int:
        """The strictest alignment of its parts."""
        return max(part.buffer.align for part in self.parts)


def gaps_of(steps: Iterable[Step]) -> tuple[Gap, ...]:
    """The differences offset(input) - offset(output) at which some step would destroy needed
    input."""
    return union(
        (step.written[0] - step.needed[1], step.written[1] - step.needed[0])
        for step in steps
        if step.written[0] < step.written[1] and step.needed[0] < step.needed[1]
    )


def union(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """Differences that any of the gaps forbids, as disjoint ascending gaps."""
    merged: list[Gap] = []
    for low, high in sorted(gaps):
        if high - low < 2:
            continue
        if merged and low < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def intersection(left: Iterable[Gap], right: Iterable[Gap]) -> tuple[Gap, ...]:
    """Differences that both sides forbid."""
    right = tuple(right)
    return union((max(a, c), min(b, d)) for a, b in left for c, d in right)


def shifted(gaps: Iterable[Gap], by: int) -> tuple[Gap, ...]:
    """The gaps moved up by `by`."""
    return tuple((low + by, high + by) for low, high in gaps)


def reversed_gaps(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """The gaps of the opposite difference."""
    return tuple(sorted((-high, -low) for low, high in gaps))


def alive_together(a: Buffer, b: Buffer) -> bool:
    """Whether some call needs bytes of both."""
    return a.first <= b.last and b.first <= a.last and a.bytes > 0 and b.bytes > 0


def shared_gaps(request: Request) -> Shared:
    """For each (input, output) that may share memory: the possible orders with their gaps."""
    buffers = {buffer.name: buffer for buffer in request.buffers}
    by_pair: dict[Pair, dict[str, list[Access]]] = {}
    pairs_of_call: dict[int, set[Pair]] = {}
    for access in request.accesses:
        pair = (access.input, access.output)
        _check_steps(access, buffers[access.input].bytes, buffers[access.output].bytes)
        if not buffers[access.input].last == access.call == buffers[access.output].first:
            continue
        by_pair.setdefault(pair, {}).setdefault(access.order, []).append(access)
        pairs_of_call.setdefault(access.call, set()).add(pair)
    result = {}
    for pair, orders in by_pair.items():
        call = buffers[pair[0]].last
        choices = [
            (order, gaps_of(step for access in accesses for step in access.steps))
            for order, accesses in orders.items()
        ]
        result[pair] = tuple(choices if len(pairs_of_call[call]) == 1 else choices[:1])
    return result


def _check_steps(access: Access, input_bytes: int, output_bytes: int) -> None:
    """An access that leaves out a part of the output would pass unsafe layouts."""
    reach = 0
    for start, stop in sorted(step.written for step in access.steps):
        if start > reach:
            break
        reach = max(reach, stop)
    inside = all(s.needed[0] >= 0 and s.needed[1] <= input_bytes for s in access.steps)
    if reach != output_bytes or not inside:
        raise ValueError(
            f"the steps of call {access.call} do not write all {output_bytes} bytes of "
            f"{access.output}, or read beyond the {input_bytes} bytes of {access.input}"
        )


def blocks_of(request: Request) -> tuple[Block, ...]:
    """Rigid blocks, in the order of their first buffer."""
    buffers = {buffer.name: buffer for buffer in request.buffers}
    owner = {name: (name, 0) for name in buffers}
    for inside in request.insides:
        _check_inside(buffers, inside)
        child, child_at = owner[inside.child]
        parent, parent_at = owner[inside.parent]
        move = parent_at + inside.offset - child_at
        if child == parent:
            if move != 0:
                raise ValueError(f"{inside.child} cannot be at two places in {inside.parent}")
            continue
        for name, (root, at) in owner.items():
            if root == child:
                owner[name] = (parent, at + move)
    groups: dict[str, list[str]] = {}
    for name, (root, _) in owner.items():
        groups.setdefault(root, []).append(name)
    related = _related(request.insides)
    blocks = []
    for names in groups.values():
        lowest = min(owner[name][1] for name in names)
        parts = tuple(Part(buffers[name], owner[name][1] - lowest) for name in names)
        _check_parts(parts, related)
        blocks.append(Block(parts))
    return tuple(blocks)


def consistent(request: Request) -> bool:
    """Whether all its `insides` can hold at once."""
    try:
        blocks_of(request)
    except ValueError:
        return False
    return True


def _check_inside(buffers: Mapping[str, Buffer], inside: Inside) -> None:
    child, parent = buffers[inside.child], buffers[inside.parent]
    if not 0 <= inside.offset <= parent.bytes - child.bytes:
        raise ValueError(f"{child.name} at {inside.offset} does not lie inside {parent.name}")


def _related(insides: Iterable[Inside]) -> set[Pair]:
    """Pairs that lie in one buffer, or one in the other, so that where they meet their content is
    one."""
    holds: dict[str, set[str]] = {}
    for inside in insides:
        holds.setdefault(inside.parent, set()).add(inside.child)
    related: set[Pair] = set()
    for parent in holds:
        family, reach = {parent}, [parent]
        while reach:
            new = holds.get(reach.pop(), set()) - family
            family |= new
            reach += new
        related |= {(a, b) for a in family for b in family}
    return related


def _check_parts(parts: tuple[Part, ...], related: set[Pair]) -> None:
    for part in parts:
        if part.offset % part.buffer.align:
            raise ValueError(
                f"{part.buffer.name} would lie at {part.offset} of its block, "
                f"which is no multiple of {part.buffer.align}"
            )
    for a, b in combinations(parts, 2):
        apart = a.offset + a.buffer.bytes <= b.offset or b.offset + b.buffer.bytes <= a.offset
        same_content = (a.buffer.name, b.buffer.name) in related
        if not apart and not same_content and alive_together(a.buffer, b.buffer):
            raise ValueError(f"{a.buffer.name} and {b.buffer.name} would destroy each other")


def conflict(a: Block, b: Block, shared: Shared) -> tuple[Gap, ...]:
    """The forbidden differences offset(a) - offset(b)."""
    gaps: list[Gap] = []
    for left in a.parts:
        for right in b.parts:
            if alive_together(left.buffer, right.buffer):
                gaps += shifted(
                    buffer_gaps(left.buffer, right.buffer, shared), right.offset - left.offset
                )
    return union(gaps)


def buffer_gaps(a: Buffer, b: Buffer, shared: Shared) -> tuple[Gap, ...]:
    """The forbidden differences offset(a) - offset(b) of two buffers that are alive together."""
    gaps: tuple[Gap, ...] = union([(-a.bytes, b.bytes)])
    for _, choice in shared.get((a.name, b.name), ()):
        gaps = intersection(gaps, choice)
    for _, choice in shared.get((b.name, a.name), ()):
        gaps = intersection(gaps, reversed_gaps(choice))
    return gaps
