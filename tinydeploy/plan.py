"""`Plan`: everything that is known about a firmware before it is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tinydeploy.graph import Call


@dataclass(frozen=True)
class Placement:
    """Where a tensor lives in the arena, and from which call to which it is alive (inclusive)."""

    tensor: int
    name: str
    offset: int
    bytes: int
    first: int
    last: int


@dataclass(frozen=True)
class Layer:
    """One layer as the firmware runs it; `output` is the graph's tensor it leaves in the arena."""

    index: int
    op: str
    name: str
    macs: int
    output: int


@dataclass(frozen=True)
class Plan:
    """What the engine decided. `files` are generated (path in the project's `src/` → text), `sources` are
    firmware files to copy (relative to `firmware/`), `operators` the resolver's lines (tflm)."""

    engine: str
    model_name: str
    model_sha256: str
    board: str
    arena_bytes: int
    placements: tuple[Placement, ...]
    layers: tuple[Layer, ...]
    calls: tuple[Call, ...]
    operators: tuple[str, ...]
    files: Mapping[str, str]
    sources: tuple[str, ...]
    defines: Mapping[str, str]
    lib_deps: tuple[str, ...]
    flash_estimate_bytes: int
    ram_estimate_bytes: int
