"""`render`: explore.html, one file that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tinydeploy.bench import charts as bars
from tinydeploy.explain.page import environment, parts, style
from tinydeploy.explore import charts
from tinydeploy.explore.rows import brief, quality, ran, remarks


def render(
    document: Mapping[str, Any],
    reports: Mapping[str, Mapping[str, Any]],
    explained: Mapping[str, Mapping[str, Any]],
) -> str:
    """The page of explore.json's document, with each scheme's report and explain's document."""
    rows = [row for row in document["schemes"] if ran(row)]
    unit = document["unit"]
    words = "microseconds per inference" if unit == "us" else "instructions per inference"
    shown = _told(rows, explained)
    return (
        environment()
        .get_template("explore/explore.html.j2")
        .render(
            document=document if shown is None else {**explained[shown], **document},
            rows=[{**row, "reason": brief(row["reason"])} for row in document["schemes"]],
            remarks=remarks(document).items(),
            unit=unit,
            words=words,
            style=style(),
            cards=_cards(rows, unit),
            tradeoffs=[
                (f"Accuracy against {title}", charts.tradeoff(rows, key, label))
                for title, key, label in (
                    ("size", "flash_bytes", "flash, bytes"),
                    ("latency", unit, words),
                )
            ]
            if rows
            else [],
            stacked=charts.stacked(reports) if reports else "",
            bars=[(name, bars.layers({name: report})) for name, report in reports.items()],
            shown=shown,
            parts=None if shown is None else parts(explained[shown]),
            one_sample=100 / document["labelled_samples"] if document["labelled_samples"] else None,
        )
    )


def _told(rows: Sequence[Mapping[str, Any]], explained: Mapping[str, Any]) -> str | None:
    """The scheme whose numbers the page works through: int8, else the first in integers."""
    names = [row["scheme"] for row in rows if row["scheme"] in explained]
    worked = [name for name in names if explained[name]["examples"]]
    return next((name for name in ("int8", *worked, *names) if name in names), None)


def _cards(rows: Sequence[Mapping[str, Any]], unit: str) -> list[tuple[str, str, str]]:
    """Title, scheme and figure of the extremes."""
    if not rows:
        return []
    least = min(rows, key=lambda row: row["flash_bytes"])
    ram = min(rows, key=lambda row: row["ram_bytes"])
    fast = min(rows, key=lambda row: row[unit])
    found = [
        ("least flash", least["scheme"], f"{least['flash_bytes']:,} bytes"),
        ("least RAM", ram["scheme"], f"{ram['ram_bytes']:,} bytes"),
        ("fastest", fast["scheme"], f"{fast[unit]:,} {'µs' if unit == 'us' else unit}"),
    ]
    if rows[0]["accuracy"] is not None:
        best = max(rows, key=quality)
        found.append(("most accurate", best["scheme"], f"{quality(best):.2%}"))
    return found
