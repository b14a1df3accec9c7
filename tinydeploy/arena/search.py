"""Finding offsets: first fit in many orders, improved; then an exact search for the smallest total.

Everything is deterministic: effort is counted in steps, never in seconds, and the random numbers
are those of a seeded Mersenne twister, the same on every platform.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from tinydeploy.arena.conflicts import reversed_gaps, shifted
from tinydeploy.arena.problem import Problem

Offsets = list[int]


def first_fit(problem: Problem, order: Sequence[int]) -> Offsets:
    """Blocks in this order, each at its lowest free offset."""
    offsets = [-1] * len(problem.sizes)
    for block in order:
        offsets[block] = lowest_free(problem, block, offsets)
    return offsets


def lowest_free(problem: Problem, block: int, offsets: Sequence[int]) -> int:
    """The lowest offset of `block` that agrees with all placed blocks (offset >= 0)."""
    forbidden = []
    for other, gaps in problem.conflicts[block].items():
        at = offsets[other]
        if at >= 0:
            for low, high in gaps:
                if at + high > 0:
                    forbidden.append((at + low, at + high))
    forbidden.sort()
    align = problem.aligns[block]
    position = 0
    for low, high in forbidden:
        if low >= position:
            # Later gaps begin even higher, so that nothing forbids this position.
            break
        if position < high:
            position = -(-high // align) * align
    return position


def upside_down(problem: Problem) -> Problem:
    """The problem seen from the arena's end. Sizes are rounded up so that offsets stay aligned."""
    most = max(problem.aligns, default=1)
    sizes = tuple(-(-size // most) * most for size in problem.sizes)
    conflicts = tuple(
        {j: shifted(reversed_gaps(gaps), sizes[j] - sizes[i]) for j, gaps in row.items()}
        for i, row in enumerate(problem.conflicts)
    )
    return Problem(sizes, problem.aligns, problem.spans, conflicts)


def turn_over(problem: Problem, offsets: Sequence[int]) -> Offsets:
    """Offsets of `upside_down(problem)` as offsets of `problem`."""
    most = max(problem.aligns, default=1)
    ends = [at - (-size // most) * most for at, size in zip(offsets, problem.sizes, strict=True)]
    top = -(-max(ends, default=0) // most) * most
    turned = [top - end for end in ends]
    # Rounding may have left a gap at the start; a first fit in the order found closes it.
    settled = first_fit(problem, sorted(range(len(ends)), key=lambda i: (turned[i], i)))
    return min(turned, settled, key=problem.total)


def approximate(problem: Problem, floor: int, effort: int) -> Offsets:
    """A good layout: first fit by size, by lifetime, by area and by time, from either end of the
    arena, then moves of the blocks that make the peak to earlier turns. Ends at `floor` bytes or
    after `effort` looks at a pair."""
    turned = upside_down(problem)
    starts: list[tuple[int, int, list[int], Problem, Callable[[Offsets], Offsets], Offsets]] = []
    for order in _orders(problem):
        for side, back in ((problem, list), (turned, lambda o: turn_over(problem, o))):
            offsets = back(first_fit(side, order))
            starts.append((problem.total(offsets), len(starts), order, side, back, offsets))
    starts.sort(key=lambda start: start[:2])
    best_total, _, _, _, _, best = starts[0]
    links = sum(map(len, problem.conflicts)) + len(problem.sizes)
    rounds = effort // links
    chosen = starts[:4]
    for _, _, order, side, back, _ in chosen:
        if best_total <= floor:
            break
        offsets = back(_improved(side, list(order), floor, rounds // len(chosen)))
        if problem.total(offsets) < best_total:
            best_total, best = problem.total(offsets), offsets
    return best


def _orders(problem: Problem) -> list[list[int]]:
    sizes, spans = problem.sizes, problem.spans

    def lifetime(i: int) -> int:
        return spans[i][1] - spans[i][0] + 1

    keys: tuple[Callable[[int], tuple[int, ...]], ...] = (
        lambda i: (-sizes[i], -lifetime(i)),
        lambda i: (-lifetime(i), -sizes[i]),
        lambda i: (-sizes[i] * lifetime(i),),
        lambda i: (-sizes[i] - sum(sizes[j] for j in problem.conflicts[i]),),
        lambda i: spans[i],
        lambda i: (-spans[i][1], -spans[i][0]),
    )
    # The index breaks ties, so that the order of a dict or of equal keys never decides.
    return [sorted(range(len(sizes)), key=lambda i: (*key(i), i)) for key in keys]


def _improved(problem: Problem, order: list[int], floor: int, rounds: int) -> Offsets:
    random = Random(len(order))
    best = first_fit(problem, order)
    best_total = problem.total(best)
    for _ in range(rounds):
        if best_total <= floor:
            break
        peaks = [
            i for i, at in enumerate(order) if best[at] + problem.sizes[at] == best_total and i > 0
        ]
        if peaks and random.random() < 0.7:
            source = peaks[int(random.random() * len(peaks))]
            goal = int(random.random() * source)
        else:
            source = int(random.random() * len(order))
            goal = int(random.random() * len(order))
        changed = order[:source] + order[source + 1 :]
        changed.insert(goal, order[source])
        offsets = first_fit(problem, changed)
        total = problem.total(offsets)
        if total <= best_total:
            best, best_total, order = offsets, total, changed
    return best
