"""`Plan`: everything that is known about a firmware before it is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tinydeploy.graph import Call, Const
from tinydeploy.weights import Filter


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
    """One layer as the firmware runs it; `outputs` are the graph's tensors it leaves in memory.
    `types` is how names of kernels end that compute in its types (`s8`), where the engine says."""

    index: int
    op: str
    name: str
    macs: int
    outputs: tuple[int, ...]
    types: str = ""


@dataclass(frozen=True)
class Plan:
    """What the engine decided. `files` are generated (path in the project's `src/` → text),
    `sources` firmware files to copy (relative to `firmware/`), `operators` the resolver's lines
    (tflm), `filters` what the filters take in flash (aot)."""

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
    filters: tuple[Filter, ...] = ()


def to_json(plan: Plan) -> dict[str, Any]:
    """The plan as `plan.json` holds it: all but the generated text and the constants' values."""
    return {
        "engine": plan.engine,
        "model": {"name": plan.model_name, "sha256": plan.model_sha256},
        "board": plan.board,
        "arena_bytes": plan.arena_bytes,
        "flash_estimate_bytes": plan.flash_estimate_bytes,
        "ram_estimate_bytes": plan.ram_estimate_bytes,
        "placements": [asdict(placement) for placement in plan.placements],
        "layers": [asdict(layer) for layer in plan.layers],
        "calls": [_call(call) for call in plan.calls],
        "operators": list(plan.operators),
        "files": sorted(plan.files),
        "sources": list(plan.sources),
        "defines": dict(plan.defines),
        "lib_deps": list(plan.lib_deps),
        "filters": [asdict(filter_) for filter_ in plan.filters],
    }


def _call(call: Call) -> dict[str, Any]:
    return {
        "node": call.node,
        "kernel": call.kernel,
        "params": {
            name: f"{value.name}[{value.data.size}]" if isinstance(value, Const) else value
            for name, value in call.params
        },
        "constants": {const.name: int(const.data.nbytes) for const in call.constants},
        "reads": list(call.reads),
        "writes": list(call.writes),
        "scratch_bytes": call.scratch_bytes,
    }
