"""Verbs of many runs: bench run, bench history, compare, report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from tinydeploy.cli.options import JsonOption, VerboseOption
from tinydeploy.cli.output import print_json, print_rich, working
from tinydeploy.errors import BenchFailed, Unlike, UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tinydeploy.bench.compare import Comparison, Pair
    from tinydeploy.bench.execute import Results
    from tinydeploy.bench.local import Place

SHOWN_LAYERS = 5
WAIT_S = 1800.0
_BARS = "▁▂▃▄▅▆▇█"

app = typer.Typer(no_args_is_help=True, help="Many models on many boards, from one bench.toml.")

FileOption = Annotated[
    Path, typer.Option("--file", "-f", metavar="FILE", help="The bench file.", show_default=True)
]


@app.command("run")
def run(
    pattern: Annotated[
        str, typer.Option("-k", metavar="WORDS", help="Only cells whose id has all these words.")
    ] = "",
    jobs: Annotated[
        int, typer.Option("-j", "--jobs", min=0, metavar="N", help="Steps at a time; 0: CPUs.")
    ] = 0,
    file: FileOption = Path("bench.toml"),
    again: Annotated[bool, typer.Option("--again", help="Run what is unchanged, too.")] = False,
    on: Annotated[
        str, typer.Option("--on", metavar="WHERE", help="dask://HOST:PORT runs it on a cluster.")
    ] = "",
    wait: Annotated[
        float, typer.Option("--wait", min=0, metavar="S", help="How long to wait for a board.")
    ] = WAIT_S,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Build, run, prove and measure the matrix of bench.toml; what is unchanged is kept."""
    from tinydeploy.bench.execute import execute
    from tinydeploy.bench.file import read_bench
    from tinydeploy.bench.matrix import cells

    bench = read_bench(file)
    with working(verbose) as say:
        chosen = cells(bench, pattern, cluster=bool(on))
        place = place_of(on, jobs)
        found = execute(bench, chosen, place, again, wait, say)
    if as_json:
        print_json(dict(found.document))
    else:
        _show_results(found)
    if not found.passed:
        raise typer.Exit(BenchFailed.exit_code)


def place_of(on: str, jobs: int) -> Place:
    """Where `--on` and `--jobs` say that steps run."""
    from tinydeploy.bench.local import LocalPlace

    if on:
        from tinydeploy.bench.cluster import ClusterPlace

        return ClusterPlace(on)
    return LocalPlace(jobs or os.cpu_count() or 1)


def _show_results(found: Results) -> None:
    from tinydeploy.bench.markdown import counted

    print_rich(_cell_table(found.document["cells"]), "")
    words = counted(found.document)
    if found.unchanged:
        print_rich(f"nothing changed since {found.folder}: {words}")
    else:
        print_rich(f"{words}: {found.folder / 'results.html'}")


def _cell_table(rows: Sequence[Mapping[str, Any]]) -> Any:
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "cell", "median", "unit", "flash", "RAM", "accuracy", "why"):
        right = name in ("median", "flash", "RAM", "accuracy")
        shown.add_column(name, justify="right" if right else "left", no_wrap=name != "why")
    for row in rows:
        shown.add_row(
            row["status"],
            row["id"],
            *("" if row["median"] is None else f"{row['median']:,}", row["unit"] or ""),
            *("" if row[key] is None else f"{row[key]:,}" for key in ("flash_bytes", "ram_bytes")),
            "" if row["accuracy"] is None else f"{row['accuracy']:.2%}",
            "\n".join(row["reason"].splitlines()[:2]),
        )
    return shown


@app.command("history")
def history(
    model: Annotated[str, typer.Argument(help="A model of bench.toml; all when left out.")] = "",
    file: FileOption = Path("bench.toml"),
    plot: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--plot", metavar="FILE", help="Also draw it, as an SVG file."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a line for each board: how a model's figure went from run to run."""
    from tinydeploy.bench import history as kept
    from tinydeploy.bench.file import read_bench

    path = kept.catch_up(read_bench(file).results)
    lines = kept.lines(path, model)
    if not lines:
        known = kept.models(path)
        if model and known:
            raise UsageError(f"no runs of model {model!r}", did_you_mean(model, known))
        raise UsageError("the history has no runs", "`tinydeploy bench run` makes the first")
    if plot is not None:
        from tinydeploy.bench.charts import SERIES, alone, trend
        from tinydeploy.tools import write_atomic

        write_atomic(plot, alone(trend(lines[:SERIES])).encode())
    if as_json:
        print_json([{**line, "points": [list(p) for p in line["points"]]} for line in lines])
        return
    _show_history(lines)


def _show_history(lines: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("cell", "board", "runs", "first", "now", "unit", "change", ""):
        right = name in ("runs", "first", "now", "change")
        shown.add_column(name, justify="right" if right else "left", no_wrap=True)
    for line in lines:
        values = [value for _, _, value in line["points"]]
        change = f"{values[-1] / values[0] - 1:+.2%}" if values[0] else ""
        shown.add_row(
            *(line["id"], line["board"], str(len(values))),
            *(f"{values[0]:,}", f"{values[-1]:,}", line["unit"], change, _sparkline(values)),
        )
    print_rich(shown)


def _sparkline(values: Sequence[float], most: int = 40) -> str:
    """The last `most` values as bars between their least and their most."""
    shown = values[-most:]
    low, high = min(shown), max(shown)
    step = (high - low) / (len(_BARS) - 1) or 1
    return "".join(_BARS[round((value - low) / step)] for value in shown)


def compare(
    before: Annotated[Path, typer.Argument(metavar="A", help="results/<stamp> or report.json.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="The same, later.")],
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="2%", help="Fail on what grew by more than this.")
    ] = "",
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="A table for a pull request.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Tell what became slower, larger or less accurate from A to B, and in which layers.

    Exit code 8 with --fail-on when something did, 9 when the two must not be compared.
    """
    from tinydeploy.bench import compare as comparer

    found = comparer.compare(
        comparer.read(before), comparer.read(after), _share(fail_on) if fail_on else 0.0
    )
    if as_json:
        print_json(comparer.as_json(found))
    elif as_markdown:
        print(comparer.markdown(found))
    else:
        _show_comparison(found)
    _judge(found, fail_on, as_json)


def _share(text: str) -> float:
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = -1.0
    if not 0 <= share < 100:
        raise UsageError(f"--fail-on: {text!r} is no share", "write 2% or 0.02")
    return share


def _judge(found: Comparison, fail_on: str, as_json: bool) -> None:
    """Nothing when all is well, else what `main` makes an exit code of."""
    worse = [f"{p.id or 'it'}: {'; '.join(p.worse)}" for p in found.pairs if p.worse]
    unlike = [f"{p.id or 'the two'}: {'; '.join(p.unlike)}" for p in found.pairs if p.unlike]
    if not found.pairs:
        unlike = ["no cell is in both of them"]
    if worse and fail_on:
        if as_json:  # stdout has its one document already
            raise typer.Exit(BenchFailed.exit_code)
        raise BenchFailed("worse by more than " + fail_on + "\n" + "\n".join(worse))
    if unlike:
        if as_json:
            raise typer.Exit(Unlike.exit_code)
        raise Unlike(
            "not compared, because they differ in more than time\n" + "\n".join(unlike),
            "run both with the same board, engine, compiler and model",
        )


def _show_comparison(found: Comparison) -> None:
    for pair in found.pairs:
        if not pair.unlike:
            print_rich(_pair_table(pair), "")
    for name in found.added:
        print_rich(f"new: {name}")
    for name in found.removed:
        print_rich(f"no result any more: {name}")


def _pair_table(pair: Pair) -> Any:
    from rich.table import Table

    layers = [delta for delta in pair.layers if delta.before != delta.after][:SHOWN_LAYERS]
    title = pair.id or "report"
    shown = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    for name in ("", "before", "after", "difference", "change"):
        shown.add_column(name, justify="right" if name else "left", no_wrap=bool(name))
    for number, delta in enumerate([*pair.figures, *layers]):
        layer = number >= len(pair.figures)
        change = f"{delta.change:+.2%}" if delta.counts else "within the spread"
        shown.add_row(
            f"  layer {delta.name}" if layer else delta.name,
            f"{delta.before:,}",
            f"{delta.after:,}",
            f"{delta.after - delta.before:+,.6g}"
            if pair.unit == "us"
            else f"{delta.after - delta.before:+,}",
            "" if delta.before == delta.after else change,
        )
    return shown


def report(
    path: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(metavar="[PATH]", help="report.json or results/<stamp>; the newest there."),
    ] = None,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="A table for a pull request.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a report.json, or the results of a bench."""
    from tinydeploy.bench import compare as comparer
    from tinydeploy.bench import markdown, results

    path = path or results.latest(Path("results"))
    if path is None:
        raise UsageError("no results here", "give a report.json or a results folder")
    if path.is_file() and path.name != results.SUMMARY:
        from tinydeploy.report import table

        (document,) = comparer.read(path).values()
        print_json(dict(document)) if as_json else print_rich(table(document))
        return
    summary = results.read_summary(path)
    if as_json:
        print_json(summary)
    elif as_markdown:
        print(markdown.results(summary))
    else:
        print_rich(_cell_table(summary["cells"]), "", markdown.counted(summary))
