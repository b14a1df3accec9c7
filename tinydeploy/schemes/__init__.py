"""SCHEMES: how floats become integers."""

from __future__ import annotations

from typing import Protocol


class Scheme(Protocol):
    """What a module in `schemes/` gives."""


SCHEMES: dict[str, Scheme] = {}
