"""Tables for a pull request. The first line marks the comment, so that it can be found again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MARKER = "<!-- tinydeploy-bench -->"
_SIGNS = {"passed": "✅", "failed": "❌", "error": "💥", "skipped": "➖"}


def results(document: Mapping[str, Any]) -> str:
    """The cells of a summary as a table, and why those that did not pass did not."""
    rows = document["cells"]
    head = ["", "model", "board", "engine", "as the oracle", "instructions", "µs", "flash", "RAM"]
    head += ["arena", "accuracy"]
    lines = [MARKER, f"### tinydeploy bench: {counted(document)}", ""]
    lines += table(head, [_row(row) for row in rows])
    lines += _reasons(rows)
    lines += ["", "<sub>Instructions are an emulator's exact counts, not times.</sub>", ""]
    return "\n".join(lines)


def counted(document: Mapping[str, Any]) -> str:
    """How many cells there are of each status, the empty ones left out."""
    counts = document["counts"]
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "no cells"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table; columns of figures are set to the right."""
    made = [list(row) for row in rows]
    right = [
        any(row[i][:1].isdigit() or row[i][:1] in "+−" for row in made if row[i])
        for i in range(len(head))
    ]
    lines = [_line(head), _line(["--:" if one else ":--" for one in right])]
    return lines + [_line(row) for row in made]


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _row(row: Mapping[str, Any]) -> list[str]:
    how = [row["engine"]] + [
        row[k] for k, v in (("scheme", "int8"), ("optimize", "balanced")) if row[k] != v
    ]
    told, median = proof(row), row["median"]
    return [
        _SIGNS[row["status"]],
        row["model"],
        row["board"],
        " ".join(how),
        "**no**" if told == "no" else told,
        f"{median:,}" if row["unit"] == "instructions" else "",
        f"{median:,.1f}" if row["unit"] == "us" else "",
        _bytes(row["flash_bytes"]),
        _bytes(row["ram_bytes"]),
        _bytes(row["arena_bytes"]),
        "" if row["accuracy"] is None else f"{row['accuracy']:.2%}",
    ]


def proof(row: Mapping[str, Any]) -> str:
    """How a cell's outputs agree with the oracle's: exactly, or floats by how many ulps, or not."""
    if row["bit_exact"] is None:
        return ""
    if row["bit_exact"]:
        return f"exactly, {row['samples']} samples"
    if row["within_tolerance"]:
        return f"within tolerance ({row['max_error_ulps']:.3g} ulps), {row['samples']} samples"
    return "no"


def _bytes(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _reasons(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    told = [
        f"- {_SIGNS[row['status']]} `{row['id']}`: {row['reason'].splitlines()[0]}"
        for row in rows
        if row["reason"]
    ]
    return ["", *told] if told else []
