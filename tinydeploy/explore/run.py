"""`explore`: one model in many schemes through the whole line, and what came of each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinydeploy import __version__
from tinydeploy.bench import results
from tinydeploy.bench.execute import staging, sweep
from tinydeploy.bench.file import Bench, Block
from tinydeploy.bench.file import Model as BenchModel
from tinydeploy.bench.local import Place
from tinydeploy.bench.locks import only
from tinydeploy.bench.matrix import Cell, cells
from tinydeploy.bench.run import Done, Say, forget_old, kept, run
from tinydeploy.bench.worker import CONVERTED
from tinydeploy.errors import TinydeployError
from tinydeploy.explain.document import explain
from tinydeploy.explore.rows import table
from tinydeploy.inputs import one_by_one
from tinydeploy.quantize import QuantizedModel, quantize_cached, quantize_key
from tinydeploy.schemes import SCHEMES
from tinydeploy.tflite import read
from tinydeploy.tools import sha256, write_atomic
from tinydeploy.training.recipe import NOTHING, Recipe

if TYPE_CHECKING:
    from tinydeploy.inputs import Samples

DOCUMENT, PAGE = "explore.json", "explore.html"
COMPARED_SAMPLES = 32
_LASTING = ("UsageError", "UnsupportedOp", "DoesNotFit")
"""Kinds of failures that the same inputs give again: they are kept like results."""


@dataclass(frozen=True)
class Exploration:
    """What to explore. `board` is an id or a TOML file, `folder` gets explore.json and
    explore.html; conversions, builds and finished runs are kept with the bench's."""

    model: Path
    board: str
    boards: Path | None
    engine: str
    schemes: tuple[str, ...]
    calib: Path | None
    labels: Path | None
    optimize: str
    samples: int
    runs: int
    folder: Path
    recipe: Recipe = NOTHING


@dataclass(frozen=True)
class Explored:
    """explore.json's document; `unchanged` when it is that of an earlier run."""

    document: Mapping[str, Any]
    unchanged: bool


def explore(wanted: Exploration, place: Place, wait_s: float, say: Say) -> Explored:
    """Run what is new or changed of the schemes, and write the folder's files.

    A scheme that cannot run is a row with its reason. UsageError for wrong names and files.
    """
    bench, refused = _bench(wanted)
    todo = cells(bench, cluster=not place.shares_builds) if bench.matrix else []
    ready = [cell for cell in todo if not cell.skip]
    before = {**kept(bench, ready), **_kept_refusals(bench, ready)}
    key = _key(wanted, todo, refused)
    known = _written(wanted.folder, key)
    if known is not None and len(before) == len(ready):
        return Explored(known, True)
    say(f"{len(wanted.schemes)} schemes, {len(before)} of them unchanged")
    sweep(wanted.folder)
    with staging(wanted.folder) as folder:
        fresh = [cell for cell in todo if cell.id not in before]
        done = [*before.values(), *run(bench, fresh, place, folder, wait_s, say)]
        _keep_refusals(bench, done)
        _finish(wanted, done, refused, key, say)
    forget_old(bench)
    return Explored(json.loads((wanted.folder / DOCUMENT).read_text(encoding="utf-8")), False)


def _bench(wanted: Exploration) -> tuple[Bench, dict[str, str]]:
    """The bench of the schemes that can be tried, and why the others cannot."""
    refused = {}
    if wanted.recipe.train is None:
        why = "it trains the model: add --train FILE, an .npz of labelled samples x and y"
        refused = {name: why for name in wanted.schemes if SCHEMES[name].needs_training}
    if wanted.calib is None and wanted.model.suffix != ".tflite":
        why = "it needs calibration samples: add --calib FILE"
        for name in wanted.schemes:
            if SCHEMES[name].needs_calibration:
                refused.setdefault(name, why)
    schemes = tuple(name for name in wanted.schemes if name not in refused)
    model = BenchModel(
        path=wanted.model,
        calib=wanted.calib,
        labels=() if wanted.labels is None else (wanted.labels,),
        train=wanted.recipe.train,
        epochs=wanted.recipe.epochs,
        sparsity=wanted.recipe.sparsity,
        clusters=wanted.recipe.clusters,
    )
    block = Block(
        boards=(wanted.board,),
        engines=(wanted.engine,),
        schemes=schemes,
        optimize=(wanted.optimize,),
        samples=(wanted.samples,),
        runs=wanted.runs,
    )
    made = Bench(
        path=Path("explore"),
        results=wanted.folder,
        boards=wanted.boards,
        models={wanted.model.resolve().stem: model},
        matrix=(block,) if schemes else (),
        budgets=(),
        inventory=(),
    )
    return made, refused


def _key(wanted: Exploration, todo: Sequence[Cell], refused: Mapping[str, str]) -> str:
    parts = [__version__, *sorted(cell.key for cell in todo), *sorted(refused)]
    return sha256("\n".join([*parts, *wanted.schemes]).encode())


def _written(folder: Path, key: str) -> Mapping[str, Any] | None:
    """The document of an earlier run of the same; None when it is not there, or not whole."""
    try:
        found = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    same = isinstance(found, dict) and found.get("key") == key
    return found if same and (folder / PAGE).is_file() else None


def _refusal(bench: Bench, cell: Cell) -> Path:
    return bench.work / "refused" / f"{cell.key}.json"


def _kept_refusals(bench: Bench, todo: Sequence[Cell]) -> dict[str, Done]:
    found = {}
    for cell in todo:
        path = _refusal(bench, cell)
        try:
            outcome = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        found[cell.id] = Done(cell, outcome, path.parent, True)
    return found


def _keep_refusals(bench: Bench, done: Sequence[Done]) -> None:
    for one in done:
        if not one.kept and one.outcome["kind"] in _LASTING:
            write_atomic(_refusal(bench, one.cell), json.dumps(one.outcome).encode())


def _finish(
    wanted: Exploration, done: Sequence[Done], refused: Mapping[str, str], key: str, say: Say
) -> None:
    """Compare with the float model and write both files."""
    from tinydeploy.explore.page import render

    done = sorted(done, key=lambda one: wanted.schemes.index(one.cell.scheme))
    reports: Mapping[str, Mapping[str, Any]] = results.reports_of(
        {d.cell.scheme: d.folder for d in done if _passed(d)}
    )
    explained = _explained(wanted, [one for one in done if _passed(one)], say)
    outcomes = {one.cell.scheme: one.outcome for one in done}
    document = {"key": key, **table(wanted.schemes, reports, explained, outcomes, refused)}
    say("drawing the page")
    page = render(document, reports, explained)
    write_atomic(wanted.folder / PAGE, page.encode())
    write_atomic(wanted.folder / DOCUMENT, (json.dumps(document, indent=2) + "\n").encode())


def _passed(one: Done) -> bool:
    return one.outcome["status"] in ("passed", "failed") and (one.folder / CONVERTED).is_file()


def _explained(wanted: Exploration, done: Sequence[Done], say: Say) -> dict[str, Mapping[str, Any]]:
    """`explain`'s document of each scheme that ran."""
    if not done:
        return {}
    say("comparing each layer with the float model's")
    source = wanted.labels or wanted.calib
    original = _original(wanted, say)
    found: dict[str, Mapping[str, Any]] = {}
    for one in done:
        scheme = one.cell.scheme
        model = _model(one.folder / CONVERTED, wanted.model, scheme)
        taken: list[Samples] = []
        if source is not None:
            taken = one_by_one(model.graph, source)[:COMPARED_SAMPLES]
        found[scheme] = explain(model, original, taken, source.name if source else "")
    return found


def _model(path: Path, source: Path, scheme: str) -> QuantizedModel:
    data, name = path.read_bytes(), source.resolve().stem
    return QuantizedModel(name, data, sha256(data), scheme, read(data, name), str(source), {})


def _original(wanted: Exploration, say: Say) -> QuantizedModel | None:
    """The float model; None for a .tflite, whose original is not known, or when it is no use."""
    if wanted.model.suffix == ".tflite":
        return None
    files = (wanted.model, "float32", wanted.calib, wanted.labels)
    stem = f"{wanted.model.stem}-{quantize_key(*files)[:16]}"
    folder = Path("build") / "bench" / "models" / stem
    try:
        with only(folder / ".lock"):
            return quantize_cached(*files, folder)
    except TinydeployError as error:
        say(f"no float model to compare with: {error.message}")
        return None
