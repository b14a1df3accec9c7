"""`place`: the smallest arena for a request, with a proof where the effort suffices.

Lower bound: the bytes that are alive in a call less what its inputs and outputs can share, then the
smallest arena, found exactly, of the blocks alive in that call alone. Upper bound: `approximate`.
Between the two, complete searches halve the range until both meet or the effort is used up.
"""

from __future__ import annotations

from collections.abc import Mapping

from tinydeploy.arena.conflicts import Shared, blocks_of, shared_gaps
from tinydeploy.arena.exact import Effort, Exhausted, fit
from tinydeploy.arena.problem import Problem, live_bytes, problem_of
from tinydeploy.arena.request import Layout, Request
from tinydeploy.arena.search import Offsets, approximate

EFFORT = 1_000_000
"""Looks at a pair of blocks that the exact searches may take. The approximation before them has a
third of it, and where they prove nothing it runs on for as much again. Under a second for 60
buffers, a few seconds for 500."""


def place(request: Request, effort: int = EFFORT) -> Layout:
    """Offsets for all buffers in one arena. The same request gives the same layout everywhere.

    Raises ValueError when buffers that lie inside one another contradict each other.
    """
    shared = shared_gaps(request)
    blocks = blocks_of(request)
    problem = problem_of(blocks, shared)
    calls = sorted({buffer.first for buffer in request.buffers})
    bounds = {call: live_bytes(blocks, shared, call) for call in calls}
    if not calls:
        return Layout({}, 0, 0, {})
    floor = max(bounds.values())
    best = approximate(problem, floor, effort // 3)
    purse = Effort(effort)
    if problem.total(best) > floor:
        floor = _floor_by_call(problem, bounds, problem.total(best), purse)
    best, floor = _smallest(problem, best, floor, purse)
    if problem.total(best) > floor:
        best = min(best, approximate(problem, floor, effort), key=problem.total)
    offsets = {
        part.buffer.name: at + part.offset
        for block, at in zip(blocks, best, strict=True)
        for part in block.parts
    }
    return Layout(
        {buffer.name: offsets[buffer.name] for buffer in request.buffers},
        problem.total(best),
        floor,
        _orders(request, shared, offsets),
    )


def _floor_by_call(problem: Problem, bounds: Mapping[int, int], ceiling: int, purse: Effort) -> int:
    """The largest lower bound from the blocks of one call alone; `ceiling` can be reached by
    all."""
    floor = max(bounds.values())
    done: set[tuple[int, ...]] = set()
    for call in sorted(bounds, key=lambda c: (-bounds[c], c)):
        alive = tuple(i for i, (first, last) in enumerate(problem.spans) if first <= call <= last)
        if floor >= ceiling or alive in done or sum(problem.sizes[i] for i in alive) <= floor:
            continue
        done.add(alive)
        alone = problem.part(alive)
        best = approximate(alone, floor, 20 * len(alive) ** 2)
        share = Effort(purse.left // 8)
        floor = max(floor, _smallest(alone, best, floor, share)[1])
        purse.left -= purse.left // 8 - share.left
    return floor


def _smallest(problem: Problem, best: Offsets, floor: int, purse: Effort) -> tuple[Offsets, int]:
    """The best offsets found and the proven lower bound; `best` is what is known so far."""
    goal = low = floor
    while problem.total(best) > low and purse.left > 0:
        given = purse.left // 2 + 1
        share = Effort(given)
        try:
            found = fit(problem, goal, share)
        except Exhausted:
            low = goal + 1
        else:
            if found is not None:
                best = found
            else:
                if low == floor:
                    floor = goal + 1
                low = goal + 1
        purse.left -= given - max(share.left, 0)
        goal = (low + problem.total(best) - 1) // 2
    return best, min(floor, problem.total(best))


def _orders(request: Request, shared: Shared, offsets: Mapping[str, int]) -> dict[int, str]:
    """The first order of each call that its distance allows."""
    births = {buffer.name: buffer for buffer in request.buffers}
    orders: dict[int, str] = {}
    for (input_name, output_name), choices in shared.items():
        distance = offsets[input_name] - offsets[output_name]
        for order, gaps in choices:
            if not any(low < distance < high for low, high in gaps):
                orders.setdefault(births[output_name].first, order)
                break
    return orders
