"""`execute`: a bench from its file to its results folder, which appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinydeploy.bench import history, page, results
from tinydeploy.bench.file import Bench
from tinydeploy.bench.local import Place
from tinydeploy.bench.locks import taken
from tinydeploy.bench.matrix import Cell
from tinydeploy.bench.run import Done, Say, forget_old, kept, run

_RUNNING = ".running-"


@dataclass(frozen=True)
class Results:
    """A results folder and its summary; `unchanged` when it is that of an earlier run."""

    folder: Path
    document: Mapping[str, Any]
    unchanged: bool

    @property
    def passed(self) -> bool:
        """Whether no cell failed."""
        counts = self.document["counts"]
        return not counts["failed"] and not counts["error"]


def execute(
    bench: Bench, cells: Sequence[Cell], place: Place, again: bool, wait_s: float, say: Say
) -> Results:
    """Run what is new or changed of `cells`, all of it `again`, and write the results.

    Nothing is written when nothing changed since the newest results.
    """
    sweep(bench.results)
    before = {} if again else kept(bench, [cell for cell in cells if not cell.skip])
    matrix = results.matrix_hash(cells)
    newest = results.latest(bench.results)
    if newest is not None and len(before) == sum(not cell.skip for cell in cells):
        document = results.read_summary(newest)
        if document["matrix"] == matrix:
            history.catch_up(bench.results)
            return Results(newest, document, True)
    with staging(bench.results) as folder:
        began = time.monotonic()
        todo = [cell for cell in cells if cell.id not in before]
        say(f"{len(cells)} cells, {len(before)} of them unchanged")
        done = [*before.values(), *run(bench, todo, place, folder / "cells", wait_s, say)]
        # Named when it is written: the order of names is the order of ends.
        stamp = results.now_stamp(bench.results)
        document = results.summary(stamp, done, matrix, time.monotonic() - began)
        _write(bench, folder, document, done)
        target = bench.results / stamp
        folder.rename(target)
    (target / ".lock").unlink()
    history.catch_up(bench.results)
    forget_old(bench)
    return Results(target, document, False)


def _write(bench: Bench, folder: Path, document: dict[str, Any], done: Sequence[Done]) -> None:
    reports = results.reports_of({one.cell.id: one.folder for one in done})
    lines = history.with_run(history.lines(history.catch_up(bench.results)), document)
    results.write(folder, document, done, page.render(document, reports, lines))


@contextmanager
def staging(parent: Path) -> Iterator[Path]:
    """A hidden folder in `parent`, which is gone at the end unless it was renamed."""
    folder = parent / f"{_RUNNING}{os.getpid()}-{time.monotonic_ns()}"
    folder.mkdir(parents=True)
    lock = taken(folder / ".lock")
    assert lock is not None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep(parent: Path) -> None:
    """Remove what killed runs left: the folders whose lock no living process has."""
    for folder in parent.glob(f"{_RUNNING}*"):
        lock = taken(folder / ".lock")
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)
