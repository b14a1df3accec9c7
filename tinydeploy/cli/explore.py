"""`tinydeploy explore`: every scheme through the whole line, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from tinydeploy.cli.bench import WAIT_S, place_of
from tinydeploy.cli.options import (
    RUNS,
    SAMPLES,
    BoardOption,
    CalibOption,
    Choices,
    ClustersOption,
    EngineOption,
    EpochsOption,
    JsonOption,
    LabelsOption,
    ModelArgument,
    OptimizeOption,
    RunsOption,
    SamplesOption,
    SparsityOption,
    TrainOption,
    VerboseOption,
    job,
    own_boards,
)
from tinydeploy.cli.output import print_json, print_rich, working
from tinydeploy.errors import BenchFailed, UsageError, did_you_mean

_FOLDER = Path("build") / "explore"


def explore(
    model: ModelArgument = None,
    board: BoardOption = "",
    engine: EngineOption = "",
    schemes: Annotated[str, typer.Option("--schemes", metavar="A,B,…", help="Only these.")] = "",
    every: Annotated[
        bool, typer.Option("--all", help="Also the schemes that train; see --train.")
    ] = False,
    optimize: OptimizeOption = "",
    calib: CalibOption = None,
    labels: LabelsOption = None,
    train: TrainOption = None,
    epochs: EpochsOption = 0,
    sparsity: SparsityOption = 0.0,
    clusters: ClustersOption = 0,
    samples: SamplesOption = SAMPLES,
    runs: RunsOption = RUNS,
    jobs: Annotated[
        int, typer.Option("-j", "--jobs", min=0, metavar="N", help="Schemes at a time; 0: CPUs.")
    ] = 0,
    on: Annotated[
        str, typer.Option("--on", metavar="WHERE", help="dask://HOST:PORT runs it on a cluster.")
    ] = "",
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output", "-o", metavar="DIR", help="Default: build/explore."),
    ] = None,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="The table for a document.")
    ] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Run every scheme on the board; tell sizes, latency and accuracy, and which are worth it."""
    from tinydeploy.explore.rows import markdown, remarks
    from tinydeploy.explore.run import PAGE, Exploration
    from tinydeploy.explore.run import explore as examine

    found_job = job(
        Choices(
            model,
            board,
            engine,
            optimize=optimize,
            calib=calib,
            labels=labels,
            samples=samples,
            runs=runs,
            train=train,
            epochs=epochs,
            sparsity=sparsity,
            clusters=clusters,
        )
    )
    wanted = Exploration(
        model=found_job.model,
        board=board or found_job.board.id,
        boards=own_boards(),
        engine=found_job.engine,
        schemes=chosen(schemes, every),
        calib=found_job.calib,
        labels=found_job.labels,
        optimize=found_job.optimize,
        samples=samples,
        runs=runs,
        folder=output or _FOLDER,
        recipe=found_job.recipe,
    )
    with working(verbose) as say:
        explored = examine(wanted, place_of(on, jobs), WAIT_S, say)
    document = explored.document
    if as_json:
        print_json(document)
    elif as_markdown:
        print(markdown(document))
    else:
        word = "nothing changed since it was written: " if explored.unchanged else ""
        told = [f"{', '.join(names)}: {text}" for text, names in remarks(document).items()]
        print_rich(_table(document), "", *told, _key(document), f"{word}{wanted.folder / PAGE}")
    _judge(document, as_json)


def chosen(words: str, every: bool) -> tuple[str, ...]:
    """The schemes named, or all, or those that need no training; UsageError for an unknown one."""
    from tinydeploy.schemes import SCHEMES

    if not words:
        return tuple(name for name, one in SCHEMES.items() if every or not one.needs_training)
    names = [word.strip() for word in words.split(",") if word.strip()]
    for name in names:
        if name not in SCHEMES:
            raise UsageError(f"--schemes: unknown scheme {name!r}", did_you_mean(name, SCHEMES))
    return tuple(dict.fromkeys(names))


def _table(document: Mapping[str, Any]) -> Any:
    from rich.table import Table

    from tinydeploy.explore.rows import brief

    unit = document["unit"]
    words = ("model", "flash", "RAM", "µs" if unit == "us" else unit)
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("")
    shown.add_column("scheme", no_wrap=True)
    for name in (*words, "float", "quantized", "device", "SQNR dB"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("why not", overflow="fold")
    for row in document["schemes"]:
        figures = (row["model_bytes"], row["flash_bytes"], row["ram_bytes"], row[unit])
        accuracy = row["accuracy"] or dict.fromkeys(("float", "quantized", "device"))
        shown.add_row(
            "★" if row["pareto"] else "",
            row["scheme"],
            *("" if one is None else f"{one:,}" for one in figures),
            *("" if one is None else f"{one:.2%}" for one in accuracy.values()),
            "" if row["worst_sqnr_db"] is None else f"{row['worst_sqnr_db']:.1f}",
            brief(row["reason"]),
        )
    return shown


def _key(document: Mapping[str, Any]) -> str:
    labelled = document["labelled_samples"]
    of = f"; accuracy over {labelled} samples" if labelled else ""
    return (
        "★ nothing else is as accurate, as small and as fast; model, flash and RAM in bytes; "
        f"SQNR of the worst layer against float, before any training{of}"
    )


def _judge(document: Mapping[str, Any], as_json: bool) -> None:
    """Exit code 8 when a firmware differs from the oracle, or nothing ran at all."""
    rows = document["schemes"]
    wrong = [row["scheme"] for row in rows if row["flash_bytes"] is not None and not row["proven"]]
    if not wrong and any(row["flash_bytes"] is not None for row in rows):
        return
    if as_json:  # stdout has its one document already
        raise typer.Exit(BenchFailed.exit_code)
    if wrong:
        raise BenchFailed(f"not as the oracle: {', '.join(wrong)}", "the table tells why")
    raise BenchFailed("no scheme ran", "the table tells why")
