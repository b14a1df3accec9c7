"""RUNNERS: where a firmware runs."""

from __future__ import annotations

from typing import Protocol


class Runner(Protocol):
    """What a module in `runners/` gives."""


RUNNERS: dict[str, Runner] = {}
