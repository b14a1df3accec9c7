"""results.svg: small bars, a row for each metric and a column for each model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.result import Result

COLORS = {"aot": "#0b6e4f", "tflm": "#b5651d", "bakenn": "#8a8f98"}
METRICS: tuple[tuple[str, Callable[[Result], float], str], ...] = (
    ("instructions per MAC", lambda r: r.per_mac, "{:.2f}"),
    ("flash: model + code, KB", lambda r: (r.model_bytes + r.code_bytes) / 1024, "{:.1f}"),
    ("RAM: arena + stack, KB", lambda r: (r.arena_bytes + r.stack_bytes) / 1024, "{:.1f}"),
)


def plot(results: Sequence[Result], models: Sequence[str], path: Path, note: str) -> None:
    """Draw the results of these models; the same results give the same bytes."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "tinydeploy"
    matplotlib.rcParams["svg.fonttype"] = "none"  # text stays text: small, and found by a search
    matplotlib.rcParams["font.size"] = 8
    from matplotlib import pyplot

    columns = [model for model in models if any(r.model == model for r in results)]
    engines = list(dict.fromkeys(r.engine for r in results))
    figure, panels = pyplot.subplots(
        len(METRICS),
        len(columns),
        figsize=(1.2 + 2.7 * len(columns), 1.9 * len(METRICS) + 0.6),
        squeeze=False,
        layout="constrained",
    )
    for row, (title, value, form) in zip(panels, METRICS, strict=True):
        for panel, model in zip(row, columns, strict=True):
            shown = [r for r in results if r.model == model]
            _bars(panel, engines, shown, value, form)
            panel.set_title(f"{model}: {title}", fontsize=8, loc="left")
            if panel is not row[0]:
                panel.set_yticklabels([])
    figure.supxlabel(note, fontsize=7)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def _bars(
    panel: Any,
    engines: Sequence[str],
    shown: Sequence[Result],
    value: Callable[[Result], float],
    form: str,
) -> None:
    found = {r.engine: value(r) for r in shown}
    values = [found.get(name, 0) for name in engines]
    bars = panel.barh(engines, values, color=[COLORS[name.partition("-")[0]] for name in engines])
    labels = [form.format(found[name]) if name in found else "not run" for name in engines]
    panel.bar_label(bars, labels, padding=2, fontsize=7)
    panel.invert_yaxis()
    panel.set_xlim(0, 1.22 * max(values, default=1))
    panel.tick_params(axis="x", labelsize=6)
    panel.spines[["top", "right"]].set_visible(False)
