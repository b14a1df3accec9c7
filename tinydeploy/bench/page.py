"""`render`: results.html, one page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tinydeploy.bench import charts
from tinydeploy.bench.markdown import counted, proof
from tinydeploy.tools import data_dir

_WORDS = {"passed": "✓", "failed": "✗", "error": "!", "skipped": "–"}


def render(
    document: Mapping[str, Any],
    reports: Mapping[str, Mapping[str, Any]],
    lines: Sequence[Mapping[str, Any]],
) -> str:
    """The page of a summary, with the cells' report.json by id and the lines of the history."""
    environment = Environment(
        loader=FileSystemLoader(data_dir("templates") / "bench"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = _figure
    environment.filters["proof"] = proof
    rows = document["cells"]
    return environment.get_template("results.html.j2").render(
        document=document,
        counted=counted(document),
        style=(data_dir("templates") / "bench" / "results.css").read_text(encoding="utf-8"),
        words=_WORDS,
        columns=(columns := sorted({_how(row) for row in rows})),
        matrix=_matrix(rows, columns),
        troubles=[row for row in rows if row["status"] in ("failed", "error")],
        trends=_trends(lines, {row["id"] for row in rows}),
        layers=_layers(rows, reports),
    )


def _how(row: Mapping[str, Any]) -> str:
    """A column of the matrix: all that a cell is but its board."""
    usual = {"scheme": "int8", "optimize": "balanced"}
    parts = [row["model"], row["engine"]]
    return " ".join([*parts, *(row[key] for key in usual if row[key] != usual[key])])


def _matrix(
    rows: Sequence[Mapping[str, Any]], columns: Iterable[str]
) -> list[tuple[str, list[list[Mapping[str, Any]]]]]:
    """For each board, for each column, the cells that are there."""
    boards = sorted({row["board"] for row in rows})
    return [
        (
            board,
            [[r for r in rows if r["board"] == board and _how(r) == column] for column in columns],
        )
        for board in boards
    ]


def _figure(row: Mapping[str, Any]) -> str:
    if row["median"] is None:
        return str(row["status"])
    unit = "µs" if row["unit"] == "us" else row["unit"]
    return f"{row['median']:,} {unit}"


def _trends(lines: Sequence[Mapping[str, Any]], now: set[str]) -> list[tuple[str, str]]:
    """A title and a chart for each model whose present cells ran more than once."""
    found = []
    lines = [line for line in lines if line["id"] in now and len(line["points"]) > 1]
    for key in sorted({(line["model"], line["unit"]) for line in lines}):
        same = [line for line in lines if (line["model"], line["unit"]) == key]
        for start in range(0, len(same), charts.SERIES):
            unit = "microseconds" if key[1] == "us" else key[1]
            title = f"{key[0]}: {unit} since the first run"
            found.append((title, charts.trend(same[start : start + charts.SERIES])))
    return found


def _layers(
    rows: Sequence[Mapping[str, Any]], reports: Mapping[str, Mapping[str, Any]]
) -> list[tuple[str, str]]:
    """A title and a chart for each model and engine; cells that differ in samples are one."""
    groups: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        report = reports.get(row["id"])
        if report is not None and report["layers"]:
            key = (_how(row), report["measure"]["unit"])
            groups.setdefault(key, {}).setdefault(row["board"], report)
    found = []
    for (how, _), boards in sorted(groups.items()):
        names = list(boards)
        for start in range(0, len(names), charts.SERIES // 2):
            some = {name: boards[name] for name in names[start : start + charts.SERIES // 2]}
            title = f"{how}: layers on {', '.join(some)}"
            found.append((title, charts.layers(some)))
    return found
