"""`front`: what nothing else beats."""

from __future__ import annotations

from collections.abc import Sequence


def front(points: Sequence[Sequence[float]]) -> list[bool]:
    """For each point, its coordinates costs, whether no other is at most as dear in all of them and
    cheaper in one."""
    return [not any(_beats(other, point) for other in points) for point in points]


def _beats(one: Sequence[float], other: Sequence[float]) -> bool:
    pairs = list(zip(one, other, strict=True))
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)
