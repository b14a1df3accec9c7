"""`run`: the matrix, each step as soon as what it needs is there; what is unchanged is kept."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tinydeploy.bench.file import Attached, Bench
from tinydeploy.bench.local import Place, Running
from tinydeploy.bench.matrix import Cell
from tinydeploy.bench.worker import OUTCOME, REPORT, Request
from tinydeploy.errors import ToolError

POLL_S = 0.01
KEPT_S = 30 * 24 * 3600.0
Say = Callable[[str], None]


@dataclass(frozen=True)
class Done:
    """What came of a cell. `folder` holds its files; `kept`: it was made by an earlier run."""

    cell: Cell
    outcome: dict[str, Any]
    folder: Path
    kept: bool


@dataclass
class _Step:
    """`makes` are the shared folders it fills: no other step that does may run meanwhile."""

    cell: Cell
    name: str
    makes: frozenset[str]
    folder: Path
    after: _Step | None = None
    outcome: dict[str, Any] | None = None
    running: Running | None = None
    place: Attached | None = None
    waiting: bool = field(default=True)


def kept(bench: Bench, cells: Sequence[Cell]) -> dict[str, Done]:
    """The cells that an earlier run finished and that are as they were then, by id."""
    found = {}
    for cell in cells:
        folder = bench.work / "cells" / cell.key
        try:
            outcome = json.loads((folder / OUTCOME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if (folder / REPORT).is_file():
            os.utime(folder)
            found[cell.id] = Done(cell, outcome, folder, True)
    return found


def run(
    bench: Bench, cells: Sequence[Cell], place: Place, folder: Path, wait_s: float, say: Say
) -> list[Done]:
    """Run `cells`; their files come into folders of their own in `folder`, and what passed is kept
    for later runs. Whatever happens in one, the others go on; what is raised here ends them all."""
    if sys.platform == "win32":
        raise ToolError("the bench needs process groups and file locks", "use WSL, Linux or macOS")
    done = [Done(cell, _skipped(cell), folder, False) for cell in cells if cell.skip]
    steps = _steps([cell for cell in cells if not cell.skip], place, folder)
    try:
        while any(step.waiting or step.running for step in steps):
            for step in steps:
                if step.running and (outcome := step.running.outcome()) is not None:
                    _finish(bench, step, outcome, done, say)
            _start_ready(bench, steps, place, wait_s, done, say)
            time.sleep(POLL_S)
    finally:
        place.close()
    return done


def _skipped(cell: Cell) -> dict[str, Any]:
    return {
        "status": "skipped",
        "kind": "",
        "reason": cell.skip,
        "hint": "",
        "seconds": 0.0,
    }


def _steps(cells: Sequence[Cell], place: Place, folder: Path) -> list[_Step]:
    """The builds, each once, and a run for each cell after its build."""
    builds: dict[str, _Step] = {}
    steps = []
    for cell in cells:
        makes = frozenset({cell.conversion, cell.build})
        if place.shares_builds and cell.build not in builds:
            builds[cell.build] = _Step(cell, "build", makes, folder / f"build-{cell.build}")
        only = frozenset({cell.conversion}) if place.shares_builds else frozenset[str]()
        steps.append(_Step(cell, "run", only, folder / cell.id, builds.get(cell.build)))
    return [*builds.values(), *steps]


def _start_ready(
    bench: Bench, steps: list[_Step], place: Place, wait_s: float, done: list[Done], say: Say
) -> None:
    running = [step for step in steps if step.running]
    made = {name for step in steps if step.outcome for name in step.makes}
    for step in steps:
        if len(running) >= place.slots:
            return
        if not step.waiting or (step.after and step.after.outcome is None):
            continue
        if step.after and step.after.outcome and step.after.outcome["status"] != "passed":
            _finish(bench, step, step.after.outcome, done, say)
            continue
        busy = {name for other in running for name in other.makes} - made
        if step.makes & busy or not _takes_board(step, running, place):
            continue
        step.waiting = False
        step.running = place.start(_request(bench, step, wait_s), step.folder)
        running.append(step)


def _takes_board(step: _Step, running: list[_Step], where: Place) -> bool:
    """Whether one of the boards that may run the step is free; it is the step's then."""
    if step.name == "build" or not step.cell.is_real:
        return True
    if not where.shares_builds:  # a cluster keeps count of its workers' boards itself
        step.place = next(iter(step.cell.places), None)
        return True
    busy = [o for o in running if o.name == "run" and o.cell.board.id == step.cell.board.id]
    if not step.cell.places:
        return not busy
    free = [place for place in step.cell.places if place not in [o.place for o in busy]]
    step.place = free[0] if free else None
    return bool(free)


def _request(bench: Bench, step: _Step, wait_s: float) -> Request:
    cell = step.cell
    return Request(
        step=step.name,
        id=cell.id,
        model=str(cell.source.resolve()),
        calib=str(cell.calib.resolve()) if cell.calib else "",
        labels=str(cell.labels.resolve()) if cell.labels else "",
        board=str(cell.board_file.resolve()),
        engine=cell.engine,
        scheme=cell.scheme,
        optimize=cell.optimize,
        samples=cell.samples,
        runs=cell.runs,
        train=str(cell.recipe.train.resolve()) if cell.recipe.train else "",
        epochs=cell.recipe.epochs,
        sparsity=cell.recipe.sparsity,
        clusters=cell.recipe.clusters,
        conversion=cell.conversion,
        build=cell.build,
        work=str(bench.work.resolve()),
        place=asdict(step.place) if step.place else {},
        wait_s=wait_s,
    )


def _finish(bench: Bench, step: _Step, outcome: dict[str, Any], done: list[Done], say: Say) -> None:
    step.waiting, step.running, step.outcome = False, None, outcome
    if step.name == "build":
        if outcome["status"] == "passed":
            say(f"built {step.cell.board.id} for {step.cell.model} ({outcome['seconds']:.1f} s)")
            shutil.rmtree(step.folder, ignore_errors=True)
        return
    if not step.folder.is_dir() and step.after is not None:  # its build failed: that has the log
        shutil.copytree(step.after.folder, step.folder)
    told = f": {outcome['reason'].splitlines()[0]}" if outcome["reason"] else ""
    say(f"{outcome['status']} {step.cell.id} ({outcome['seconds']:.1f} s){told}")
    done.append(Done(step.cell, outcome, step.folder, False))
    if outcome["status"] == "passed":
        _keep(bench, step)


def _keep(bench: Bench, step: _Step) -> None:
    """A copy for later runs; it is there whole or not at all."""
    target = bench.work / "cells" / step.cell.key
    draft = target.with_name(f".{target.name}.{time.monotonic_ns()}")
    shutil.copytree(step.folder, draft)
    shutil.rmtree(target, ignore_errors=True)
    try:
        draft.rename(target)
    except OSError:  # another bench has just kept the same
        shutil.rmtree(draft, ignore_errors=True)


def forget_old(bench: Bench) -> None:
    """Remove cells, whole or what a crash left of them, that no run has used for 30 days."""
    old = time.time() - KEPT_S
    for folder in (bench.work / "cells").glob("*"):
        if folder.stat().st_mtime < old:
            shutil.rmtree(folder, ignore_errors=True)
