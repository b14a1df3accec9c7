"""`compare`: what became slower, larger or less accurate between two results, layer by layer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinydeploy.bench.markdown import MARKER, table
from tinydeploy.bench.results import read_summary, reports_in
from tinydeploy.errors import UsageError
from tinydeploy.report import SCHEMA as REPORT_SCHEMA

Report = Mapping[str, Any]
SIZES = ("flash_bytes", "ram_bytes", "arena_bytes", "stack_bytes")
_LIKE: dict[str, Callable[[Report], Any]] = {
    "board": lambda report: report["board"]["id"],
    "cpu": lambda report: report["board"]["cpu"],
    "clock in Hz": lambda report: report["board"]["clock_hz"],
    "engine": lambda report: report["engine"],
    "optimize": lambda report: report["optimize"],
    "scheme": lambda report: report["model"]["scheme"],
    "model's SHA-256": lambda report: report["model"]["sha256"],
    "runner": lambda report: report["runner"],
    "unit": lambda report: report["measure"]["unit"],
    "toolchain": lambda report: report["firmware"]["toolchain"],
    "compiler flags": lambda report: report["firmware"].get("flags", []),
    "measured clock": lambda report: _measured_mhz(report),
}
_CLOCK_STEP = 0.02


@dataclass(frozen=True)
class Delta:
    """One figure before and after. `counts`: it is more than the spread of what was measured."""

    name: str
    before: float
    after: float
    counts: bool = True

    @property
    def change(self) -> float:
        """By which share of what it was it grew."""
        if self.before == 0:
            return 0.0 if self.after == 0 else float("inf")
        return self.after / self.before - 1


@dataclass(frozen=True)
class Pair:
    """One cell in both results. `unlike` says why they must not be compared; then there are no
    deltas. `figures` are the cell's own, `layers` the largest change first."""

    id: str
    unit: str
    unlike: tuple[str, ...]
    figures: tuple[Delta, ...] = ()
    layers: tuple[Delta, ...] = ()
    worse: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """All cells of both; `added` and `removed` are only in one, and `lost` have a report no more
    (they failed) although they had one before."""

    pairs: tuple[Pair, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


def read(path: Path) -> dict[str, Report]:
    """The reports in a results folder by the ids of their cells; one report.json is the cell "".

    UsageError for anything else.
    """
    if path.is_file() and path.name != "summary.json":
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            found = None
        if not isinstance(found, dict) or found.get("schema") != REPORT_SCHEMA:
            raise UsageError(f"{path} is no report", "give a report.json or a folder in results/")
        return {"": found}
    document = read_summary(path)
    return dict(reports_in(path if path.is_dir() else path.parent, document))


def compare(before: Mapping[str, Report], after: Mapping[str, Report], limit: float) -> Comparison:
    """`limit`: by which share a figure may grow before it is `worse`."""
    both = [name for name in before if name in after]
    pairs = [_pair(name, before[name], after[name], limit) for name in both]
    order = sorted(pairs, key=lambda pair: -max((abs(d.change) for d in pair.figures), default=0))
    return Comparison(
        pairs=tuple(order),
        added=tuple(sorted(set(after) - set(before))),
        removed=tuple(sorted(set(before) - set(after))),
    )


def _measured_mhz(report: Report) -> float | None:
    """The clock as the board measured it, rounded to what its timers can tell."""
    hz = report.get("clock", {}).get("measured_hz")
    return round(hz / report["board"]["clock_hz"] / _CLOCK_STEP) * _CLOCK_STEP if hz else None


def _pair(name: str, before: Report, after: Report, limit: float) -> Pair:
    unit = after["measure"]["unit"]
    unlike = tuple(
        f"{what}: {_told(get(before))} and {_told(get(after))}"
        for what, get in _LIKE.items()
        if get(before) != get(after)
    )
    if unlike:
        return Pair(name, unit, unlike)
    figures = _figures(before, after)
    layers = _layers(before, after)
    worse = [
        f"{delta.name} {delta.before:,} → {delta.after:,} ({delta.change:+.2%})"
        for delta in figures
        if delta.counts and delta.after - delta.before > limit * delta.before
    ]
    slowest = max(layers, key=lambda delta: delta.after - delta.before, default=None)
    if worse and slowest is not None and slowest.after > slowest.before:
        worse.append(
            f"most in layer {slowest.name}: {slowest.before:,} → {slowest.after:,} {unit} "
            f"({slowest.change:+.2%})"
        )
    worse += _accuracy_lost(before, after, limit)
    return Pair(name, unit, (), figures, layers, tuple(worse))


def _told(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value


def _figures(before: Report, after: Report) -> tuple[Delta, ...]:
    one, two = before["measure"], after["measure"]
    unit = two["unit"]
    apart = abs(two["median"] - one["median"])
    counts = unit == "instructions" or apart > max(_spread(one), _spread(two))
    sizes = [
        Delta(name, before["firmware"][name], after["firmware"][name])
        for name in SIZES
        if unit == "instructions" or name != "stack_bytes"
    ]
    return (Delta(unit, one["median"], two["median"], counts), *sizes)


def _spread(measure: Mapping[str, Any]) -> float:
    """What laps of the same firmware differ by."""
    return float(measure["p95"] - measure["min"])


def _layers(before: Report, after: Report) -> tuple[Delta, ...]:
    unit = after["measure"]["unit"]
    pairs = zip(before["layers"], after["layers"], strict=False)
    deltas = [
        Delta(f"{new['index']} {new['op']} ({new['name']})", old[unit], new[unit])
        for old, new in pairs
    ]
    return tuple(sorted(deltas, key=lambda delta: -abs(delta.after - delta.before)))


def _accuracy_lost(before: Report, after: Report, limit: float) -> list[str]:
    one, two = before.get("accuracy", {}).get("device"), after.get("accuracy", {}).get("device")
    if one is None or two is None or one - two <= limit:
        return []
    return [f"accuracy {one:.2%} → {two:.2%}"]


def as_json(found: Comparison) -> dict[str, Any]:
    """The comparison as one document."""
    return {
        "schema": "tinydeploy.compare/1",
        "cells": [
            {
                "id": pair.id,
                "unit": pair.unit,
                "unlike": list(pair.unlike),
                "worse": list(pair.worse),
                "figures": [_delta(delta) for delta in pair.figures],
                "layers": [_delta(delta) for delta in pair.layers],
            }
            for pair in found.pairs
        ],
        "added": list(found.added),
        "removed": list(found.removed),
    }


def _delta(delta: Delta) -> dict[str, Any]:
    change = None if delta.change == float("inf") else delta.change
    return {
        "name": delta.name,
        "before": delta.before,
        "after": delta.after,
        "change": change,
        "counts": delta.counts,
    }


def markdown(found: Comparison) -> str:
    """The comparison as a table for a pull request, marked as the bench's own table is."""
    bad = [pair for pair in found.pairs if pair.worse]
    title = f"{len(bad)} of {len(found.pairs)} cells are worse" if bad else "no cell is worse"
    lines = [MARKER, f"### tinydeploy compare: {title}", ""]
    head = ["", "cell", "figure", "before", "after", "change"]
    lines += table(head, [row for pair in found.pairs for row in _rows(pair)])
    told = [f"- `{pair.id}`: {', '.join(pair.worse)}" for pair in bad]
    told += [f"- `{p.id}` not compared: {'; '.join(p.unlike)}" for p in found.pairs if p.unlike]
    told += [f"- `{name}` is new" for name in found.added]
    told += [f"- `{name}` has no result any more" for name in found.removed]
    return "\n".join([*lines, "", *told, ""])


def _rows(pair: Pair) -> Sequence[list[str]]:
    sign = "❌" if pair.worse else "✅"
    changed = [delta for delta in pair.figures if delta.before != delta.after]
    return [
        [
            sign if delta.counts else "",
            pair.id,
            "µs" if delta.name == "us" else delta.name.replace("_", " "),
            f"{delta.before:,}",
            f"{delta.after:,}",
            f"{delta.change:+.2%}" if delta.counts else "within the spread",
        ]
        for delta in changed
    ]
