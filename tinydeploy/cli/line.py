"""Verbs of a model's way: init, quantize, and generate < build < flash < measure < deploy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tinydeploy.cli.options import (
    RUNS,
    SAMPLES,
    ArenaOption,
    BaudOption,
    BoardOption,
    CalibOption,
    Choices,
    ClustersOption,
    EngineOption,
    EpochsOption,
    JsonOption,
    LabelsOption,
    MlperfOption,
    ModelArgument,
    OptimizeOption,
    OutputOption,
    PortOption,
    RecordOption,
    ReplayOption,
    RequireOptimizedOption,
    RunsOption,
    SamplesOption,
    SchemeOption,
    SparsityOption,
    TflmDirOption,
    TrainOption,
    VerboseOption,
    any_board,
    check_engine,
    conversion,
    existing_file,
    existing_model,
    job,
    known_optimize,
    known_scheme,
)
from tinydeploy.cli.output import print_json, print_rich, working
from tinydeploy.errors import UsageError

if TYPE_CHECKING:
    from tinydeploy.deploy import Job

VERBS = {
    "generate": "Write the PlatformIO project of the firmware.",
    "build": "Compile the firmware; tells flash and RAM.",
    "flash": "Put the firmware on the board and shake hands with it.",
    "measure": "Measure latency, per layer too.",
    "deploy": "All of it, proven against the oracle byte for byte.",
}


MOST_LISTED = 12
NEED_A_RUNNER = ("flash", "measure", "deploy")


def line_verb(verb: str) -> Callable[..., None]:
    """The command of a verb of the line. All take the same options: one word changes the verb."""

    def command(
        model: ModelArgument = None,
        board: BoardOption = "",
        engine: EngineOption = "",
        scheme: SchemeOption = "",
        optimize: OptimizeOption = "",
        calib: CalibOption = None,
        labels: LabelsOption = None,
        output: OutputOption = None,
        samples: SamplesOption = SAMPLES,
        runs: RunsOption = RUNS,
        port: PortOption = "",
        baud: BaudOption = 0,
        mlperf: MlperfOption = "",
        record: RecordOption = None,
        replay: ReplayOption = None,
        tflm_dir: TflmDirOption = None,
        require_optimized: RequireOptimizedOption = False,
        train: TrainOption = None,
        epochs: EpochsOption = 0,
        sparsity: SparsityOption = 0.0,
        clusters: ClustersOption = 0,
        arena: ArenaOption = "",
        as_json: JsonOption = False,
        verbose: VerboseOption = False,
    ) -> None:
        choices = Choices(
            model,
            board,
            engine,
            scheme,
            optimize,
            calib,
            labels,
            output,
            samples,
            runs,
            port,
            baud,
            mlperf,
            record,
            replay,
            tflm_dir,
            require_optimized,
            train,
            epochs,
            sparsity,
            clusters,
            arena,
        )
        document = _run(verb, job(choices), verbose)
        if as_json:
            print_json(document)
        else:
            _show(document)

    return command


def _run(verb: str, todo: Job, verbose: bool) -> dict[str, Any]:
    """What the verb found out, as a document."""
    from tinydeploy import deploy
    from tinydeploy.report import to_json

    if verb in NEED_A_RUNNER and not todo.board.runners:
        raise UsageError(
            f"board {todo.board.id} names no runner, so `{verb}` cannot reach it",
            'put `runners = ["serial"]` into its TOML; `tinydeploy build` needs none',
        )
    about = {"board": todo.board.id, "engine": todo.engine, "folder": str(todo.folder)}
    with working(verbose) as say:
        if verb == "generate":
            project = deploy.generate(todo, say)
            return {
                **about,
                "project": str(todo.folder / "project"),
                "files": sorted(project.files),
            }
        if verb == "build":
            firmware = deploy.build(todo, say)
            return {
                **about,
                "elf": str(firmware.elf),
                "build_id": firmware.build_id,
                "flash_bytes": firmware.flash_bytes,
                "ram_bytes": firmware.ram_bytes,
                "model_bytes": firmware.model_bytes,
                "code_bytes": firmware.code_bytes,
                "kernels": list(firmware.kernels),
                "toolchain": dict(firmware.toolchain),
            }
        if verb == "flash":
            return {**about, "device": vars(deploy.flash(todo, say))}
        report = deploy.measure(todo, say) if verb == "measure" else deploy.deploy(todo, say)
        say(f"wrote {todo.folder / 'report.json'}")
        return to_json(report)


def _show(document: dict[str, Any]) -> None:
    """The document for people: the report's own table, else a line for each fact."""
    from rich.table import Table

    if "schema" in document:
        from tinydeploy.report import table

        print_rich(table(document))
        return
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold")
    shown = {name: value for name, value in document.items() if value not in (None, [], {}, "")}
    for name, value in shown.items():
        facts.add_row(name.replace("_", " "), _text(value))
    print_rich(facts)


def _text(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        if len(value) > MOST_LISTED:
            return f"{len(value)}; --json lists them"
        return ", ".join(map(str, value))
    return str(value)


def quantize(
    model: ModelArgument = None,
    scheme: SchemeOption = "",
    calib: CalibOption = None,
    labels: LabelsOption = None,
    train: TrainOption = None,
    epochs: EpochsOption = 0,
    sparsity: SparsityOption = 0.0,
    clusters: ClustersOption = 0,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Default: in build/."),
    ] = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Convert MODEL to a .tflite with integers in place of floats."""
    from tinydeploy import quantize as quantizer
    from tinydeploy.tools import write_atomic

    todo = conversion(
        Choices(
            model,
            scheme=scheme,
            calib=calib,
            labels=labels,
            train=train,
            epochs=epochs,
            sparsity=sparsity,
            clusters=clusters,
        )
    )
    with working(verbose) as say:
        say(f"quantize {todo.model} ({todo.scheme})")
        folder = (output.parent if output else Path("build")) / "training"
        made = quantizer.quantize(
            todo.model,
            todo.scheme,
            todo.calib,
            todo.labels,
            recipe=todo.recipe,
            checkpoints=folder,
            say=say,
        )
    path = output or Path("build") / f"{made.name}-{made.scheme}.tflite"
    write_atomic(path, made.tflite)
    document = {
        "tflite": str(path),
        "tflite_bytes": len(made.tflite),
        "sha256": made.sha256,
        "scheme": made.scheme,
        "source": made.source,
        "calibration": dict(made.calibration),
        "float_accuracy": made.float_accuracy,
        "remarks": list(made.remarks),
    }
    if as_json:
        print_json(document)
    else:
        _show(document)


def init(
    model: Annotated[Path, typer.Argument(help="The model to deploy.")],
    board: BoardOption = "",
    engine: EngineOption = "",
    scheme: SchemeOption = "",
    optimize: OptimizeOption = "",
    calib: CalibOption = None,
    labels: LabelsOption = None,
    train: TrainOption = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite tinydeploy.toml.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write tinydeploy.toml, so that MODEL and options need not be typed again."""
    from tinydeploy.settings import Settings, write_settings

    if engine:
        check_engine(engine, any_board(board) if board else None)
    settings = Settings(
        model=existing_model(model),
        calib=existing_file("--calib", calib),
        labels=existing_file("--labels", labels),
        train=existing_file("--train", train),
        scheme=known_scheme(scheme),
        engine=engine,
        board=any_board(board).id if board else "",
        optimize=known_optimize(optimize),
    )
    written = write_settings(settings, Path(), overwrite=force)
    told = {key: str(value) for key, value in vars(settings).items() if value}
    document = {"written": str(written), **told}
    if as_json:
        print_json(document)
    else:
        _show(document)
