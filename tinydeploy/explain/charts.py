"""Charts of `explain`: errors by layer, and histograms with the grid of codes over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinydeploy.bench.charts import CARD, COLOURS, GRID, INK, SOFT, chart, svg
from tinydeploy.explain.values import CODES

MOST_LAYERS = 20
_MOST_LINES = 64
_TICKS = {"int8": (-128, -64, 0, 64, 127), "int16": (-32768, 0, 32767), "int4": (-8, -4, 0, 4, 7)}


def errors(document: Mapping[str, Any]) -> str:
    """A bar for the SQNR of each layer, the worst first."""
    rows = [document["layers"][index] for index in document["worst"][:MOST_LAYERS]]
    figure, axes = chart(0.7 + 0.27 * len(rows))
    values = [row["sqnr_db"] for row in rows]
    axes.barh(range(len(rows)), values, 0.7, color=COLOURS[0])
    for number, value in enumerate(values):
        axes.annotate(
            f"{value:.1f}",
            (value, number),
            (4, 0),
            textcoords="offset points",
            va="center",
            color=SOFT,
            fontsize=8.5,
        )
    axes.set_yticks(range(len(rows)), [f"{row['index']} {row['op']}" for row in rows])
    axes.invert_yaxis()
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_xlim(0, max(values) * 1.12)
    axes.set_xlabel("signal to quantization noise, dB")
    return svg(figure, axes, 1)


def histogram(tensor: Mapping[str, Any], constant: bool) -> str:
    """How often which value occurs (heights are square roots), and lines where codes are."""
    found = tensor["histogram"]
    figure, axes = chart(2.15)
    edges = np.linspace(found["low"], found["high"], len(found["counts"]) + 1)
    heights = np.sqrt(found["counts"])
    top = float(heights.max()) * 1.06 or 1.0
    axes.stairs(heights, edges, fill=True, color=COLOURS[1 if constant else 0], alpha=0.85)
    if tensor["dtype"] in CODES:
        _codes(axes, tensor, top)
    axes.set_ylim(0, top)
    axes.set_xlim(found["low"], found["high"])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    unit = "steps of the channel's scale" if found["unit"] == "steps" else "real value"
    axes.set_xlabel(f"{unit}, of the {found['of']} model")
    axes.locator_params(axis="x", nbins=6)
    return svg(figure, axes, 1)


def _codes(axes: Any, tensor: Mapping[str, Any], top: float) -> None:
    """The grid: one path for all lines; and some codes above."""
    low, high = CODES[tensor["dtype"]]
    every = -(-(high - low + 1) // _MOST_LINES)
    codes = np.arange(low, high + 1, every)

    def place(code: Any) -> Any:
        if tensor["histogram"]["unit"] == "steps":
            return code
        return (code - tensor["zero_points"][0]) * tensor["scales"][0]

    x = np.repeat(place(codes).astype(np.float64), 3)
    y = np.tile([0.0, top, np.nan], len(codes))
    axes.plot(x, y, color=INK, linewidth=0.45, alpha=0.4, zorder=3)
    for end in (low, high):
        axes.axvline(place(end), color=COLOURS[2], linewidth=1.4, zorder=4)
    above = axes.secondary_xaxis("top")
    shown = _TICKS.get(tensor["dtype"], (low, high))
    above.set_xticks([place(code) for code in shown], [str(code) for code in shown])
    above.tick_params(colors=COLOURS[2], length=0, labelsize=8)
    above.spines["top"].set_color(CARD)
