"""The memory planner: all tensors and scratch of a model in one static arena, as small as can
be."""

from tinydeploy.arena.access import (
    Range,
    Step,
    Window,
    at_once,
    forward,
    mirrored,
    pixels,
    rows,
    same_place,
)
from tinydeploy.arena.conflicts import consistent
from tinydeploy.arena.planner import place
from tinydeploy.arena.request import Access, Buffer, Inside, Layout, Request

__all__ = [
    "Access",
    "Buffer",
    "Inside",
    "Layout",
    "Range",
    "Request",
    "Step",
    "Window",
    "at_once",
    "consistent",
    "forward",
    "mirrored",
    "pixels",
    "place",
    "rows",
    "same_place",
]
