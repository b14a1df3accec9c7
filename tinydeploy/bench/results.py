"""`write`: what a run found out, as a folder of files that people, CI systems and programs read."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import socket
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tinydeploy import __version__
from tinydeploy.bench import junit, markdown
from tinydeploy.bench.file import LEAST, MOST, Budget
from tinydeploy.bench.matrix import Cell
from tinydeploy.bench.run import Done
from tinydeploy.bench.worker import LOG, REPORT
from tinydeploy.errors import ToolError, UsageError
from tinydeploy.tools import call, sha256

SCHEMA = "tinydeploy.bench/1"
SUMMARY = "summary.json"
MANIFEST = "manifest.json"
LAYERS = "layers.csv"
STATUSES = ("passed", "failed", "error", "skipped")
FIGURES = ("flash_bytes", "ram_bytes", "arena_bytes", "stack_bytes", "model_bytes", "code_bytes")


def now_stamp(results: Path) -> str:
    """The name of a new folder in `results`: the time in UTC, which sorts as time does."""
    stamp = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    number = 1
    while (results / (name := stamp if number == 1 else f"{stamp}-{number}")).exists():
        number += 1
    return name


def summary(stamp: str, done: Sequence[Done], matrix: str, seconds: float) -> dict[str, Any]:
    """All cells of a run as `summary.json` holds them; documented in docs/bench.md."""
    rows = [_row(one) for one in sorted(done, key=lambda one: one.cell.id)]
    return {
        "schema": SCHEMA,
        "tinydeploy": __version__,
        "stamp": stamp,
        "commit": commit(),
        "host": socket.gethostname(),
        "matrix": matrix,
        "seconds": round(seconds, 1),
        "counts": {name: sum(row["status"] == name for row in rows) for name in STATUSES},
        "cells": rows,
    }


def matrix_hash(cells: Iterable[Cell]) -> str:
    """A hash of all cells, what they depend on and what they may cost."""
    parts = sorted(f"{cell.id} {cell.key} {cell.budgets} {cell.skip}" for cell in cells)
    return sha256("\n".join(parts).encode())


def commit() -> str:
    """The commit that CI says it builds, else git's; empty where there is none."""
    for name in ("GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        return call(["git", "rev-parse", "HEAD"], timeout_s=10).strip()
    except ToolError:
        return ""


def _row(done: Done) -> dict[str, Any]:
    cell, outcome = done.cell, done.outcome
    row: dict[str, Any] = {
        "id": cell.id,
        "model": cell.model,
        "board": cell.board.id,
        "engine": cell.engine,
        "scheme": cell.scheme,
        "optimize": cell.optimize,
        "labels": cell.labels.name if cell.labels else "",
        "key": cell.key,
        "status": outcome["status"],
        "kind": outcome["kind"],
        "reason": outcome["reason"],
        "hint": outcome["hint"],
        "seconds": outcome["seconds"],
        "kept": done.kept,
    }
    report = _json(done.folder / REPORT) if outcome["status"] in ("passed", "failed") else None
    row |= _figures(report)
    row["budgets"] = [] if report is None else _budgets(cell.budgets, row)
    over = [_over(one) for one in row["budgets"] if not one["ok"]]
    if over and row["status"] == "passed":
        row |= {"status": "failed", "kind": "Budget", "reason": "; ".join(over)}
    return row


def _figures(report: Mapping[str, Any] | None) -> dict[str, Any]:
    """The figures of a report; all null when there is none."""
    measure = report["measure"] if report else {}
    firmware = report["firmware"] if report else {}
    verify = (report or {}).get("verify", {})
    return {
        "runner": report["runner"]["kind"] if report else None,
        "model_sha256": report["model"]["sha256"] if report else None,
        "build_id": firmware.get("build_id"),
        "unit": measure.get("unit"),
        **{name: measure.get(name) for name in ("min", "median", "p95", "max")},
        **{name: firmware.get(name) for name in FIGURES},
        "accuracy": (report or {}).get("accuracy", {}).get("device"),
        "bit_exact": verify.get("bit_exact"),
        "within_tolerance": verify.get("within_tolerance", verify.get("bit_exact")),
        "max_error_ulps": verify.get("max_error_ulps"),
        "samples": verify.get("samples"),
    }


def value(row: Mapping[str, Any], name: str) -> float | None:
    """The figure that a budget of this name is about; None when the cell has none such."""
    if name in ("instructions", "us"):
        return row["median"] if row["unit"] == name else None
    found: float | None = row[name]
    return found


def _budgets(budgets: Iterable[Budget], row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The strictest of the budgets for each figure that the cell has."""
    found = []
    for name in (*MOST, *LEAST):
        limits = [one for b in budgets if (one := getattr(b, name)) is not None]
        have = value(row, name)
        if not limits or (have is None and name in ("instructions", "us")):
            continue
        limit = max(limits) if name in LEAST else min(limits)
        ok = have is not None and (have >= limit if name in LEAST else have <= limit)
        found.append({"name": name, "limit": limit, "value": have, "ok": ok})
    return found


def _over(budget: Mapping[str, Any]) -> str:
    if budget["value"] is None:
        return f"{budget['name']} is not known, its budget is {budget['limit']:,}"
    word = "below" if budget["name"] in LEAST else "over"
    return f"{budget['name']} {budget['value']:,} is {word} its budget of {budget['limit']:,}"


def write(folder: Path, document: Mapping[str, Any], done: Sequence[Done], page: str) -> None:
    """All files of a run into `folder`, which may hold the cells' own already."""
    for one in done:
        target = folder / "cells" / one.cell.id
        if one.outcome["status"] == "skipped":
            continue
        if one.folder != target:
            shutil.copytree(one.folder, target, dirs_exist_ok=True)
        report = _json(target / REPORT)
        if report is not None:
            (target / LAYERS).write_text(layers_csv(report), encoding="utf-8", newline="")
    for leftover in (folder / "cells").glob("build-*"):
        shutil.rmtree(leftover)
    _write(folder / SUMMARY, json.dumps(document, indent=2) + "\n")
    _write(folder / "junit.xml", junit.render(document, lambda name: _log(folder, name)))
    _write(folder / "results.md", markdown.results(document))
    _write(folder / "results.html", page)
    _write(folder / MANIFEST, json.dumps(manifest(folder), indent=2) + "\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _log(folder: Path, name: str) -> str:
    path = folder / "cells" / name / LOG
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def manifest(folder: Path) -> dict[str, Any]:
    """SHA-256 and size of every file in `folder` but the manifest itself and the lock."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        "schema": "tinydeploy.manifest/1",
        "files": {
            path.relative_to(folder).as_posix(): {
                "sha256": sha256(path.read_bytes()),
                "bytes": path.stat().st_size,
            }
            for path in files
            if path.relative_to(folder).as_posix() not in (MANIFEST, ".lock")
        },
    }


def layers_csv(report: Mapping[str, Any]) -> str:
    """A line for each layer, with what it cost."""
    unit = report["measure"]["unit"]
    names = ("index", "op", "name", "macs", unit)
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: layer[name] for name in names} for layer in report["layers"])
    return text.getvalue()


def read_summary(path: Path) -> dict[str, Any]:
    """The summary of a results folder, or in a file; UsageError when it is none."""
    path = path / SUMMARY if path.is_dir() else path
    found = _json(path)
    if found is None or found.get("schema") != SCHEMA:
        raise UsageError(f"{path} is no summary of a bench", "give a folder in results/")
    return found


def latest(results: Path) -> Path | None:
    """The newest results folder; None when there is none."""
    found = [path.parent for path in results.glob(f"[0-9]*/{SUMMARY}")]
    return max(found, key=_age, default=None)


def _age(folder: Path) -> tuple[str, int]:
    stamp, _, number = folder.name.partition("-")
    return stamp, int(number or 1)


def reports_of(folders: Mapping[str, Path]) -> dict[str, dict[str, Any]]:
    """The reports of the cells that have one; `folders` are the cells' folders by their ids."""
    found = {name: _json(folder / REPORT) for name, folder in folders.items()}
    return {name: report for name, report in found.items() if report is not None}


def reports_in(folder: Path, document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The reports in a results folder with this summary, by the cells' ids."""
    return reports_of({row["id"]: folder / "cells" / row["id"] for row in document["cells"]})


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
