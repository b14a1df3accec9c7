"""Whether all blocks fit into so many bytes: a complete search, and the smallest total by it.

Each block has a lowest and a highest offset. A pair's forbidden interval cuts off ends of these
ranges. When all blocks at their lowest offsets agree, that is a layout; else a pair that does not
agree is put one way (first above second) or the other (below), and each way is searched. Every
layout obeys one of the ways, and the lowest offsets are the least fixed point of the chosen
inequalities, so that nothing is missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tinydeploy.arena.problem import Problem
from tinydeploy.arena.search import Offsets, lowest_free


class Exhausted(Exception):  # not an error: the answer stays open
    """The effort is used up."""


@dataclass
class Effort:
    """Propagation steps that may still be made."""

    left: int

    def spend(self, steps: int) -> None:
        """Takes steps off; raises `Exhausted` when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise Exhausted


@dataclass
class _State:
    low: list[int]
    high: list[int]
    above: dict[int, tuple[tuple[int, int], ...]]
    """For block j: (i, d) with offset(i) >= offset(j) + d."""
    below: dict[int, tuple[tuple[int, int], ...]]
    """For block i: (j, d) of the same inequalities."""

    def with_order(self, i: int, j: int, distance: int) -> _State:
        """A copy in which also offset(i) >= offset(j) + distance."""
        above, below = dict(self.above), dict(self.below)
        above[j] = (*above.get(j, ()), (i, distance))
        below[i] = (*below.get(i, ()), (j, distance))
        return _State(list(self.low), list(self.high), above, below)


def fit(problem: Problem, total: int, effort: Effort) -> Offsets | None:
    """Offsets with which all blocks end within `total` bytes, or None when there are none.

    Raises `Exhausted` when the effort did not suffice to know.
    """
    if any(size > total for size in problem.sizes):
        return None
    kept, easy = _without_easy(problem, total)
    core = _search(problem.part(kept), total, effort)
    if core is None:
        return None
    offsets = [-1] * len(problem.sizes)
    for block, at in zip(kept, core, strict=True):
        offsets[block] = at
    for block in reversed(easy):
        offsets[block] = lowest_free(problem, block, offsets)
    return offsets


def _without_easy(problem: Problem, total: int) -> tuple[list[int], list[int]]:
    """Blocks to search for, and those that find a place wherever their remaining neighbours are, in
    the order in which they were set aside: their offsets outnumber all that the neighbours can
    forbid."""
    kept = dict.fromkeys(range(len(problem.sizes)))
    easy: list[int] = []
    changed = True
    while changed:
        changed = False
        for block in tuple(kept):
            align = problem.aligns[block]
            forbidden = sum(
                -(-(high - low - 1) // align)
                for other, gaps in problem.conflicts[block].items()
                if other in kept
                for low, high in gaps
            )
            if forbidden < (total - problem.sizes[block]) // align + 1:
                del kept[block]
                easy.append(block)
                changed = True
    return list(kept), easy


def _search(problem: Problem, total: int, effort: Effort) -> Offsets | None:
    count = len(problem.sizes)
    high = [
        (total - size) // align * align
        for size, align in zip(problem.sizes, problem.aligns, strict=True)
    ]
    groups = _apart(problem)
    looks = sum(map(len, groups)) + sum(map(len, problem.conflicts)) // 2
    start = _State([0] * count, high, {}, {})
    open_states = [start] if _propagate(problem, start, range(count), effort) else []
    while open_states:
        state = open_states.pop()
        effort.spend(looks)
        if any(_overfull(problem, state, group) for group in groups):
            continue
        ways = _ways(problem, state)
        if ways is None:
            return state.low
        for i, j, distance in ways:
            child = state.with_order(i, j, distance)
            if _propagate(problem, child, (i, j), effort):
                open_states.append(child)
    return None


def _apart(problem: Problem) -> list[tuple[int, ...]]:
    """For each call the blocks, three or more, of which no two may share a byte."""
    groups: dict[tuple[int, ...], None] = {}
    sizes = problem.sizes
    by_size = sorted(range(len(sizes)), key=lambda i: (-sizes[i], i))
    for call in sorted({first for first, _ in problem.spans}):
        group: list[int] = []
        for i in by_size:
            alive = problem.spans[i][0] <= call <= problem.spans[i][1]
            if alive and all(
                problem.conflicts[i].get(j) == ((-sizes[i], sizes[j]),) for j in group
            ):
                group.append(i)
        if len(group) > 2:
            groups[tuple(group)] = None
    return list(groups)


def _overfull(problem: Problem, state: _State, group: tuple[int, ...]) -> bool:
    """Whether some of the group must lie within fewer bytes than they have together."""
    ends = sorted((state.high[i] + problem.sizes[i], i) for i in group)
    for start in {state.low[i] for i in group}:
        filled = start
        for end, i in ends:
            if state.low[i] >= start:
                filled += problem.sizes[i]
                if filled > end:
                    return True
    return False


def _ways(problem: Problem, state: _State) -> tuple[tuple[int, int, int], ...] | None:
    """Both orders of the pair that costs most at the lowest offsets, the cheaper one last; None
    when all pairs agree. An order is (i, j, d): offset(i) >= offset(j) + d."""
    worst = -1
    ways = None
    low = state.low
    for i, row in enumerate(problem.conflicts):
        for j, gaps in row.items():
            if j > i:
                continue
            difference = low[i] - low[j]
            for bottom, top in gaps:
                if bottom < difference < top:
                    up, down = top - difference, difference - bottom
                    if min(up, down) > worst:
                        worst = min(up, down)
                        ways = ((j, i, -bottom), (i, j, top))
                        if down < up:
                            ways = ways[::-1]
    return ways


def _propagate(problem: Problem, state: _State, changed: Iterable[int], effort: Effort) -> bool:
    """Narrows all ranges until nothing changes; False when one becomes empty."""
    low, high, aligns = state.low, state.high, problem.aligns
    queue = dict.fromkeys(changed)
    while queue:
        j = next(iter(queue))
        del queue[j]
        row = problem.conflicts[j]
        effort.spend(1 + len(row))
        low_j, high_j = low[j], high[j]
        for i, gaps in row.items():
            low_i, high_i, align = low[i], high[i], aligns[i]
            # `gaps` forbid offset(j) - offset(i), hence offset(i) between offset(j) - top and
            # offset(j) - bottom; what is forbidden for every offset of j can be cut off.
            for bottom, top in gaps:
                if high_j - top < low_i < low_j - bottom:
                    low_i = -(-(low_j - bottom) // align) * align
            for bottom, top in reversed(gaps):
                if high_j - top < high_i < low_j - bottom:
                    high_i = (high_j - top) // align * align
            if not _narrow(state, i, low_i, high_i, queue):
                return False
        for i, distance in state.above.get(j, ()):
            low_i = -(-(low_j + distance) // aligns[i]) * aligns[i]
            if not _narrow(state, i, low_i, high[i], queue):
                return False
        for i, distance in state.below.get(j, ()):
            high_i = (high_j - distance) // aligns[i] * aligns[i]
            if not _narrow(state, i, low[i], high_i, queue):
                return False
    return True


def _narrow(state: _State, i: int, low: int, high: int, queue: dict[int, None]) -> bool:
    if low > state.low[i]:
        state.low[i] = low
        queue[i] = None
    if high < state.high[i]:
        state.high[i] = high
        queue[i] = None
    return state.low[i] <= state.high[i]
