"""Charts as SVG text for a page: their colours are the page's, so that they are light and dark."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tinydeploy.tools import sha256

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SERIES = 8
MOST_LAYERS = 20
_WIDTH_IN = 5.0
# Stand-ins that matplotlib draws with; each becomes a colour of the page.
INK, GRID, SOFT, CARD = "#010203", "#010204", "#010205", "#010206"
COLOURS = [f"#0102{16 + number:02x}" for number in range(SERIES)]
_PAGE = {
    INK: "currentColor",
    GRID: "var(--grid)",
    SOFT: "var(--soft)",
    CARD: "var(--card)",
    **{colour: f"var(--s{number})" for number, colour in enumerate(COLOURS, 1)},
}


def layers(reports: Mapping[str, Mapping[str, Any]]) -> str:
    """A bar for each layer and each of up to SERIES boards (name → report.json), of one unit.

    Beyond MOST_LAYERS layers the costliest are shown, the rest as one.
    """
    names, values = _largest(reports)
    height = 1.0 + len(names) * (0.12 + 0.13 * len(reports))
    figure, axes = chart(height)
    bar = 0.8 / len(reports)
    for number, (board, costs) in enumerate(values.items()):
        places = [row + bar * (number + 0.5) - 0.4 for row in range(len(names))]
        axes.barh(places, costs, bar * 0.9, color=COLOURS[number], label=board)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    unit = next(iter(reports.values()))["measure"]["unit"]
    axes.set_xlabel("microseconds" if unit == "us" else unit)
    axes.locator_params(axis="x", nbins=4)
    return svg(figure, axes, len(reports))


def _largest(
    reports: Mapping[str, Mapping[str, Any]],
) -> tuple[list[str], dict[str, list[float]]]:
    """Names of the layers to show, and each board's costs of them."""
    first = next(iter(reports.values()))
    unit = first["measure"]["unit"]
    costs = {board: [row[unit] for row in report["layers"]] for board, report in reports.items()}
    count = min(len(one) for one in costs.values())
    order = sorted(range(count), key=lambda i: -max(one[i] for one in costs.values()))
    shown = sorted(order[:MOST_LAYERS])
    names = [f"{i} {first['layers'][i]['op']}" for i in shown]
    values = {board: [one[i] for i in shown] for board, one in costs.items()}
    if rest := order[MOST_LAYERS:]:
        names.append(f"{len(rest)} others")
        for board, one in costs.items():
            values[board].append(sum(one[i] for i in rest))
    return names, values


def trend(lines: Sequence[Mapping[str, Any]]) -> str:
    """How each of up to SERIES cells changed since its first run, in percent, run by run."""
    figure, axes = chart(2.9)
    stamps = sorted({stamp for line in lines for stamp, _, _ in line["points"]})
    for number, line in enumerate(lines):
        first = line["points"][0][2] or 1
        places = [stamps.index(stamp) for stamp, _, _ in line["points"]]
        changes = [100 * (value / first - 1) for _, _, value in line["points"]]
        axes.plot(
            places, changes, marker="o", markersize=4, color=COLOURS[number], label=line["board"]
        )
    shown = sorted({0, len(stamps) // 2, len(stamps) - 1})
    axes.set_xticks(shown, [f"{stamps[i][4:6]}-{stamps[i][6:8]}" for i in shown])
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.yaxis.set_major_formatter("{x:+.3g} %")
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -1), max(high, 1))
    return svg(figure, axes, len(lines))


def chart(height_in: float) -> tuple[Figure, Axes]:
    """Axes without a frame, in the page's width."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH_IN, height_in), layout="constrained")
    axes = figure.subplots()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GRID)
    axes.tick_params(colors=INK, length=0)
    axes.xaxis.label.set_color(INK)
    axes.yaxis.label.set_color(INK)
    axes.set_axisbelow(True)
    return figure, axes


def svg(figure: Figure, axes: Axes, series: int) -> str:
    """The SVG element alone, its width the page's; the same chart gives the same text."""
    import matplotlib as mpl

    if series > 1:
        figure.legend(
            loc="outside lower center", ncols=min(series, 3), frameon=False, labelcolor=INK
        )
    salt = sha256(repr([(text.get_text()) for text in axes.get_yticklabels()]).encode())
    text = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):
        figure.savefig(
            text, format="svg", transparent=True, metadata={"Date": None, "Creator": None}
        )
    found = text.getvalue()
    found = found[found.index("<svg") :]
    found = re.sub(r'<svg ([^>]*?)width="[^"]*"', r'<svg \1role="img"', found, count=1)
    found = re.sub(r'(<svg [^>]*?)height="[^"]*"', r"\1", found, count=1)
    found = re.sub(r"<metadata>.*?</metadata>", "", found, flags=re.DOTALL)
    # Without a fill of its own a text would be black in the dark.
    found = re.sub(r"<text ", '<text fill="currentColor" ', found)
    for colour, variable in _PAGE.items():
        found = found.replace(colour, variable)
    return re.sub(r"'DejaVu Sans'[^;\"]*", "system-ui, sans-serif", found)


def alone(drawn: str) -> str:
    """A chart as a file of its own, with the light page's colours."""
    light = ("#2563eb", "#d9622b", "#16877a", "#8b4fc4", "#a17c00", "#c2377e", "#4d7c0f", "#64748b")
    colours = {f"var(--s{number})": colour for number, colour in enumerate(light, 1)}
    inks = {"var(--grid)": "#dfe3e8", "currentColor": "#1c2024", "var(--soft)": "#5c6670"}
    for name, colour in {**colours, **inks, "var(--card)": "#f6f7f9"}.items():
        drawn = drawn.replace(name, colour)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{drawn}'
