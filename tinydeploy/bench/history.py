"""The history: every cell of every run, in an SQLite file beside the results."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tinydeploy.bench.results import SUMMARY, read_summary
from tinydeploy.errors import UsageError

FILE_NAME = "history.sqlite"
WAIT_S = 60.0
_CELLS = (
    *("id", "model", "board", "engine", "scheme", "optimize", "labels", "status", "runner"),
    *("unit", "min", "median", "p95", "max", "flash_bytes", "ram_bytes", "arena_bytes"),
    *("stack_bytes", "accuracy", "bit_exact", "model_sha256", "build_id", "kept"),
    *("within_tolerance", "max_error_ulps"),
)

_TABLES = f"""
CREATE TABLE IF NOT EXISTS runs (
    stamp TEXT PRIMARY KEY, host TEXT, "commit" TEXT, tinydeploy TEXT, seconds REAL
);
CREATE TABLE IF NOT EXISTS cells (
    stamp TEXT NOT NULL REFERENCES runs (stamp),
    {", ".join(f'"{name}"' for name in _CELLS)},
    PRIMARY KEY (stamp, id)
);
"""


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, in one transaction: all of it is written or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path, timeout=WAIT_S)) as database:
            database.row_factory = sqlite3.Row
            database.executescript(_TABLES)
            _widen(database)
            with database:
                yield database
    except sqlite3.DatabaseError as error:
        raise UsageError(
            f"{path}: {error}", "move it away; results folders are read anew"
        ) from None


def _widen(database: sqlite3.Connection) -> None:
    """Give the cells of an older history the columns that came later."""
    there = {row["name"] for row in database.execute("PRAGMA table_info(cells)")}
    for name in _CELLS:
        if name not in there:
            database.execute(f'ALTER TABLE cells ADD COLUMN "{name}"')


def catch_up(results: Path) -> Path:
    """Append every results folder that is not in the history yet; the history's path.

    Nothing is counted twice, and a run that was killed just before this one is not lost.
    """
    path = results / FILE_NAME
    with _opened(path) as database:
        known = {row["stamp"] for row in database.execute("SELECT stamp FROM runs")}
        for found in sorted(results.glob(f"[0-9]*/{SUMMARY}")):
            if found.parent.name not in known:
                _append(database, read_summary(found))
    return path


def _append(database: sqlite3.Connection, document: Mapping[str, Any]) -> None:
    database.execute(
        "INSERT OR IGNORE INTO runs VALUES (?, ?, ?, ?, ?)",
        [document[name] for name in ("stamp", "host", "commit", "tinydeploy", "seconds")],
    )
    marks = ", ".join("?" * (len(_CELLS) + 1))
    names = ", ".join(f'"{name}"' for name in ("stamp", *_CELLS))
    database.executemany(
        f"INSERT OR IGNORE INTO cells ({names}) VALUES ({marks})",
        [[document["stamp"], *(row.get(name) for name in _CELLS)] for row in document["cells"]],
    )


def lines(path: Path, model: str = "") -> list[dict[str, Any]]:
    """A line for each cell that was ever measured: its id, model, board, unit and its `points`,
    each `(stamp, commit, median)`, oldest first. All models when `model` is empty.

    A figure that a run kept of an earlier one is no point of its own.
    """
    if not path.is_file():
        return []
    with _opened(path) as database:
        rows = database.execute(
            'SELECT c.*, r."commit" FROM cells c JOIN runs r USING (stamp) '
            "WHERE median IS NOT NULL AND NOT kept AND (? = '' OR model = ?) ORDER BY stamp",
            (model, model),
        ).fetchall()
    return _grouped(rows)


def _grouped(rows: Iterable[sqlite3.Row]) -> list[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        about = {name: row[name] for name in ("id", "model", "board", "engine", "unit")}
        line = found.setdefault((row["id"], row["unit"]), {**about, "points": []})
        line["points"].append((row["stamp"], row["commit"], row["median"]))
    return [found[key] for key in sorted(found)]


def with_run(lines: Sequence[dict[str, Any]], document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """`lines` and the points of a run that is not in the history yet."""
    found = {(line["id"], line["unit"]): {**line, "points": [*line["points"]]} for line in lines}
    for row in document["cells"]:
        if row["median"] is not None and not row["kept"]:
            about = {name: row[name] for name in ("id", "model", "board", "engine", "unit")}
            line = found.setdefault((row["id"], row["unit"]), {**about, "points": []})
            line["points"].append((document["stamp"], document["commit"], row["median"]))
    return [found[key] for key in sorted(found)]


def models(path: Path) -> list[str]:
    """Names of all models in the history."""
    if not path.is_file():
        return []
    with _opened(path) as database:
        return [row["model"] for row in database.execute("SELECT DISTINCT model FROM cells")]
