"""`table`: explore.json, a row for each scheme, from the reports and what `explain` found."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tinydeploy import __version__
from tinydeploy.explain.document import worst_sqnr_db
from tinydeploy.explore.pareto import front

SCHEMA = "tinydeploy.explore/1"
FIGURES = ("model_bytes", "tflite_bytes", "flash_bytes", "ram_bytes")


def table(
    schemes: Sequence[str],
    reports: Mapping[str, Mapping[str, Any]],
    explained: Mapping[str, Mapping[str, Any]],
    outcomes: Mapping[str, Mapping[str, Any]],
    refused: Mapping[str, str],
) -> dict[str, Any]:
    """The document, with a row for each of `schemes` in their order.

    `model_bytes` are the model's constants as they lie in flash. What did not run has a `reason`
    and None for its figures. `pareto`: no other scheme is as good in accuracy (the SQNR, when there
    are no labels), flash and latency and better in one. `proven`: the board gave the oracle's
    bytes, or floats as near to them as a report tells. `remarks` are what a person should know of a
    conversion, `calibration` is what is known of its samples.
    """
    first = next(iter(reports.values()), None)
    unit = first["measure"]["unit"] if first else "instructions"
    rows = [
        _ran(name, reports[name], explained.get(name), unit, outcomes[name])
        if name in reports
        else _did_not(name, unit, outcomes.get(name), refused.get(name, ""))
        for name in schemes
    ]
    _mark(rows, unit)
    calibrations = (report["model"].get("calibration") for report in reports.values())
    return {
        "schema": SCHEMA,
        "tinydeploy": __version__,
        "model": first["model"]["name"] if first else "",
        "board": dict(first["board"]) if first else {},
        "engine": first["engine"] if first else "",
        "optimize": first["optimize"] if first else "",
        "runner": dict(first["runner"]) if first else {},
        "unit": unit,
        "macs": first["model"]["macs"] if first else None,
        "calibration": next(filter(None, calibrations), {}),
        "labelled_samples": first["accuracy"]["samples"] if first and "accuracy" in first else 0,
        "schemes": rows,
    }


def _ran(
    name: str,
    report: Mapping[str, Any],
    explained: Mapping[str, Any] | None,
    unit: str,
    outcome: Mapping[str, Any],
) -> dict[str, Any]:
    accuracy, firmware = report.get("accuracy"), report["firmware"]
    worst = worst_sqnr_db(explained) if explained else None
    layer = explained["layers"][explained["worst"][0]] if explained and worst is not None else None
    return {
        "scheme": name,
        "model_bytes": firmware["model_bytes"],
        "tflite_bytes": report["model"]["tflite_bytes"],
        "flash_bytes": firmware["flash_bytes"],
        "ram_bytes": firmware["ram_bytes"],
        unit: report["measure"]["median"],
        "accuracy": None
        if accuracy is None
        else {
            "float": accuracy["float"],
            "quantized": accuracy["int8"],
            "device": accuracy["device"],
        },
        "worst_sqnr_db": worst,
        "worst_layer": layer["name"] if layer else None,
        "bit_exact": report.get("verify", {}).get("bit_exact"),
        "proven": outcome["status"] == "passed",
        "pareto": False,
        "reason": outcome["reason"],
        "hint": outcome["hint"],
        "remarks": report["model"].get("remarks", []),
    }


def _did_not(
    name: str, unit: str, outcome: Mapping[str, Any] | None, refused: str
) -> dict[str, Any]:
    outcome = outcome or {"reason": refused, "hint": ""}
    # A fused layer's name lists those of all its parts; the first tells enough.
    reason = re.sub(r";[^ :)]*", "", outcome["reason"])
    return {
        "scheme": name,
        **dict.fromkeys(FIGURES),
        unit: None,
        "accuracy": None,
        "worst_sqnr_db": None,
        "worst_layer": None,
        "bit_exact": None,
        "proven": False,
        "pareto": False,
        "reason": reason,
        "hint": outcome["hint"],
        "remarks": [],
    }


def brief(reason: str) -> str:
    """A reason's first lines, for a table."""
    lines = [line.strip() for line in reason.splitlines()]
    more = f" (and {len(lines) - 2} more)" if len(lines) > 2 else ""
    return " ".join(lines[:2]) + more


def remarks(document: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is to be known of conversions, each remark once, with the schemes that it is about."""
    found: dict[str, list[str]] = {}
    for row in document["schemes"]:
        for remark in row["remarks"]:
            found.setdefault(remark, []).append(row["scheme"])
    return found


def quality(row: Mapping[str, Any]) -> float:
    """Accuracy on the device; without labels the SQNR, of which a float model has no end."""
    if row["accuracy"] is not None:
        return float(row["accuracy"]["device"])
    return float("inf") if row["worst_sqnr_db"] is None else float(row["worst_sqnr_db"])


def ran(row: Mapping[str, Any]) -> bool:
    """Whether the row has figures."""
    return row["flash_bytes"] is not None


def _mark(rows: Sequence[dict[str, Any]], unit: str) -> None:
    """Set `pareto`; a firmware that is not proven counts for nothing."""
    good = [row for row in rows if row["proven"]]
    points = [(-quality(row), row["flash_bytes"], row[unit]) for row in good]
    for row, on in zip(good, front(points), strict=True):
        row["pareto"] = on


def markdown(document: Mapping[str, Any]) -> str:
    """The rows as a table for a document."""
    unit = document["unit"]
    figures_of = ("model_bytes", "flash_bytes", "ram_bytes", unit)
    names = ["scheme", "model bytes", "flash bytes", "RAM bytes", "µs" if unit == "us" else unit]
    names += ["float", "quantized", "on the device", "worst layer's SQNR"]
    lines = ["| " + " | ".join(names) + " |", "| --- |" + " ---: |" * (len(names) - 1)]
    for row in document["schemes"]:
        name = f"**{row['scheme']}** ★" if row["pareto"] else row["scheme"]
        if not ran(row):
            lines.append(f"| {name} | {brief(row['reason'])} |" + " |" * (len(names) - 2))
            continue
        figures = [row[key] for key in figures_of]
        accuracy = (row["accuracy"] or {}).values()
        shares = ["" if one is None else f"{one:.2%}" for one in accuracy] or [""] * 3
        sqnr = "" if row["worst_sqnr_db"] is None else f"{row['worst_sqnr_db']:.1f} dB"
        cells = [name, *(f"{one:,}" for one in figures), *shares, sqnr]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
