"""The line: a model becomes a firmware that is proven and measured. The file to read first.

path ─quantize→ QuantizedModel ─plan→ Plan ─render→ Project ─build→ Firmware ─start→ Session
    measure and verify on the Session → Report

Each function does what comes before it; what is up to date is not made again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from tinydeploy import build as builder
from tinydeploy import linked, mlperf, recording
from tinydeploy import plan as planner
from tinydeploy import report as reporter
from tinydeploy import samples as sampler
from tinydeploy.board import Board
from tinydeploy.build import Firmware
from tinydeploy.coding import CODINGS, HUFFMAN
from tinydeploy.compat import load_runtime, one_dense_scale
from tinydeploy.engines import ENGINES
from tinydeploy.engines.tflm import ARENA_STEP, to_start, with_margin
from tinydeploy.errors import ArenaTooSmall, DeviceError, Mismatch, ToolError, UsageError
from tinydeploy.oracle import open_oracle
from tinydeploy.plan import Plan
from tinydeploy.ports import ANY, Wanted
from tinydeploy.project import Project, render
from tinydeploy.quantize import QuantizedModel, quantize_cached
from tinydeploy.report import Report
from tinydeploy.runners import RUNNERS
from tinydeploy.session import DeviceInfo, Session, replay
from tinydeploy.tools import write_atomic
from tinydeploy.training.recipe import NOTHING, Recipe
from tinydeploy.verify import verify

Say = Callable[[str], None]
WARMUP = 1

T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """What to deploy where. `folder` gets model.tflite, plan.json, project/ and report.json.

    `wanted` chooses the board's port; `mlperf`, if any, the benchmark whose runner may drive it.
    Jobs that share a conversion or a build have a `model_folder` or `project_folder` in common.
    `record` gets the conversation with the firmware; `replay` is such a file instead of a board.
    With `require_optimized` a firmware with a reference kernel is a ToolError. `recipe` is how
    schemes that train do so.
    """

    model: Path
    board: Board
    engine: str
    scheme: str
    calib: Path | None
    labels: Path | None
    folder: Path
    samples: int
    runs: int
    optimize: str
    wanted: Wanted = ANY
    mlperf: str = ""
    model_folder: Path | None = None
    project_folder: Path | None = None
    record: Path | None = None
    replay: Path | None = None
    require_optimized: bool = False
    recipe: Recipe = NOTHING

    @property
    def project(self) -> Path:
        """Where the firmware project is."""
        return self.project_folder or self.folder / "project"


def quantize(job: Job, say: Say) -> QuantizedModel:
    """The model in the job's scheme."""
    if job.engine == "tflm" and HUFFMAN in CODINGS.get(job.scheme, ()):
        raise UsageError(
            f"engine tflm runs a .tflite as it is and decodes no {job.scheme} weights",
            "add --engine aot, or take --scheme pruned-clustered: the same weights, not coded",
        )
    say(f"quantizing {job.model.name} to {job.scheme}")
    folder = job.model_folder or job.folder
    library = job.board.tflm if job.engine == "tflm" else None
    one_scale = library is not None and one_dense_scale(load_runtime(library.runtime), job.scheme)
    if one_scale and job.model.suffix != ".tflite":
        say(f"Dense layers get one scale each: all that {job.board.id}'s library reads")
    model = quantize_cached(
        job.model, job.scheme, job.calib, job.labels, folder, one_scale, job.recipe, say
    )
    for remark in model.remarks:
        say(remark)
    return model


def plan(job: Job, model: QuantizedModel, say: Say) -> Plan:
    """What the engine decides, written to plan.json."""
    say(f"planning for engine {job.engine} on {job.board.id}")
    made = ENGINES[job.engine].plan(model, job.board, job.optimize)
    if job.mlperf:
        made = mlperf.apply(made, model.graph, job.mlperf)
    _write_json(job.folder / "plan.json", planner.to_json(made))
    return made


def generate(job: Job, say: Say) -> Project:
    """The firmware project, written to project/."""
    project = render(plan(job, quantize(job, say), say), job.board)
    project.write(job.project)
    return project


def build(job: Job, say: Say) -> Firmware:
    """The compiled firmware."""
    return _compile(job, plan(job, quantize(job, say), say), say)


def flash(job: Job, say: Say) -> DeviceInfo:
    """The firmware on the board, proven to be the one just built."""
    check(job)
    return _on_board(job, quantize(job, say), say, lambda running: running.session.info)


def measure(job: Job, say: Say) -> Report:
    """Latency, per layer too, and memory; without a proof."""
    return _run(job, say, prove=False)


def deploy(job: Job, say: Say) -> Report:
    """All of it. Mismatch when the board's bytes differ from the oracle's, after report.json is
    written."""
    report = _run(job, say, prove=True)
    found = report.verification
    if found is not None and not found.within_tolerance:
        raise Mismatch(
            f"{job.board.id} differs from {found.oracle}: {found.first_divergence}",
            "please report this with report.json and plan.json: an engine must never differ",
        )
    return report


def _run(job: Job, say: Say, prove: bool) -> Report:
    check(job)
    model = quantize(job, say)
    report = _on_board(job, model, say, lambda running: _report(running, model, say, prove))
    _write_json(job.folder / "report.json", reporter.to_json(report))
    return report


@dataclass(frozen=True)
class _Running:
    """A firmware that answers, and what it was made of."""

    job: Job
    plan: Plan
    firmware: Firmware
    session: Session


def _on_board(job: Job, model: QuantizedModel, say: Say, use: Callable[[_Running], T]) -> T:
    """`use` with the firmware running; it is built once more with the arena that the board needs
    when it needs a larger one than the host could tell."""
    made = plan(job, model, say)
    firmware = _compile(job, made, say)
    try:
        return _use(job, made, firmware, say, use)
    except ArenaTooSmall as told:
        if job.engine != "tflm" or job.replay is not None:
            raise
        small = told
    needed = small.needed
    if needed <= small.have:  # it has no room to find out beside the arena that is too small
        needed = _arena_need(job, model, firmware, small, say)
    arena_bytes = with_margin(to_start(model.graph, needed))
    say(f"the arena of {small.have:,} bytes is too small: building again with {arena_bytes:,}")
    larger = _with_arena(job, arena_bytes)
    made = plan(larger, model, say)
    return _use(larger, made, _compile(larger, made, say), say, use)


def _use(job: Job, made: Plan, firmware: Firmware, say: Say, use: Callable[[_Running], T]) -> T:
    with _start(job, firmware, say) as session:
        if job.engine == "tflm":
            session.reset()  # refused by a firmware whose model does not run
        return use(_Running(job, made, firmware, session))


def _arena_need(
    job: Job, model: QuantizedModel, firmware: Firmware, small: ArenaTooSmall, say: Say
) -> int:
    """Bytes that the library takes of the largest arena that the board has room for."""
    ram = firmware.memory["ram"]
    largest = small.have + max(0, ram.available_bytes - ram.used_bytes) // ARENA_STEP * ARENA_STEP
    say(f"{small.have:,} bytes are no arena for it: trying {largest:,}, to see what it needs")
    whole = _with_arena(job, largest)
    made = plan(whole, model, say)
    ample = _compile(whole, made, say)
    try:
        return _use(whole, made, ample, say, lambda running: running.session.info.arena_used)
    except ArenaTooSmall as still:
        raise DeviceError(
            f"the model does not start with an arena of {largest:,} bytes, all that {job.board.id} "
            "has room for",
            "the library refuses a layer, or needs more: --engine aot needs less, and tells which "
            "layer it cannot run",
            still.last_lines,
        ) from None


def _with_arena(job: Job, arena_bytes: int) -> Job:
    library = job.board.tflm
    assert library is not None
    return replace(job, board=replace(job.board, tflm=replace(library, arena_bytes=arena_bytes)))


def _report(running: _Running, model: QuantizedModel, say: Say, prove: bool) -> Report:
    """What is measured and, with `prove`, compared with the oracle."""
    job, session, made = running.job, running.session, running.plan
    chosen = sampler.choose(model.graph, job.calib, job.labels, job.samples)
    session.infer(chosen.inputs[0])
    measurement = session.measure(job.runs, WARMUP)
    verification = accuracy = None
    if prove:
        oracle = open_oracle(model.tflite)
        found = verify(session, oracle, model.graph, made.layers, chosen.inputs, say)
        verification = replace(found, source=chosen.source)
        accuracy = reporter.accuracy(model, oracle, chosen, verification)
    return Report(
        model=model,
        board=job.board,
        plan=made,
        firmware=running.firmware,
        runner=job.board.runners[0],
        kind=session.kind,
        optimize=job.optimize,
        measurement=measurement,
        warmup=WARMUP,
        verification=verification,
        accuracy=accuracy,
        operators=linked.operators(made, running.firmware.elf),
        arena_used=session.info.arena_used,
    )


def check(job: Job) -> None:
    """What would stop the job at its end, said before its beginning: no registry, no board."""
    if job.replay is not None:
        builder.check_tools(job.board)
        return
    try:
        builder.check_tools(job.board)
    except ToolError as missing:
        try:
            RUNNERS[job.board.runners[0]].check(job.board, job.wanted)
        except DeviceError as absent:
            raise ToolError(
                f"{missing.message}\nBesides, {absent.message}", f"{missing.hint}\n{absent.hint}"
            ) from None
        raise
    RUNNERS[job.board.runners[0]].check(job.board, job.wanted)


def _compile(job: Job, made: Plan, say: Say) -> Firmware:
    say(f"building for {job.board.id} with PlatformIO")
    firmware = builder.build(render(made, job.board), job.project)
    linked.check_constants(made, firmware.elf)
    if job.require_optimized:
        linked.require_optimized(linked.operators(made, firmware.elf))
    return firmware


@contextmanager
def _start(job: Job, firmware: Firmware, say: Say) -> Iterator[Session]:
    with recording.to(job.record):
        if job.replay is not None:
            say(f"replaying {job.replay}")
            yield replay(job.replay, firmware.build_id)
            return
        say(f"flashing {job.board.id} ({firmware.flash_bytes:,} bytes)")
        with RUNNERS[job.board.runners[0]].start(firmware, job.board, job.wanted, say) as session:
            yield session


def _write_json(path: Path, document: dict[str, Any]) -> None:
    write_atomic(path, (json.dumps(document, indent=2) + "\n").encode())
