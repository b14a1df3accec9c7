"""Charts of `explore`: accuracy against cost with the Pareto front, and where the cost is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tinydeploy.bench.charts import CARD, COLOURS, GRID, INK, SOFT, chart, svg
from tinydeploy.explore.pareto import front
from tinydeploy.explore.rows import quality

_LOG_FROM = 6.0  # a range of more than so many times is drawn by its logarithm
_PLACES = [(8, 0), (0, 10), (0, -10), (-8, 0), (8, 10), (8, -10), (-8, 10), (-8, -10)]
_PLACES += [(0, 22), (0, -22), (10, 22), (10, -22), (-10, 22), (-10, -22), (0, 34), (0, -34)]


def tradeoff(rows: Sequence[Mapping[str, Any]], key: str, label: str) -> str:
    """A point for each scheme: its accuracy, or SQNR without labels, against what `key` says."""
    labelled = rows[0]["accuracy"] is not None
    shown = [row for row in rows if labelled or row["worst_sqnr_db"] is not None] or list(rows)
    xs = [float(row[key]) for row in shown]
    ys = [min(quality(row), 200.0) * (100 if labelled else 1) for row in shown]
    best = front([(-y, x) for x, y in zip(xs, ys, strict=True)])
    figure, axes = chart(3.6)
    if max(xs) > _LOG_FROM * min(xs):
        axes.set_xscale("log")
    line = sorted((x, y) for x, y, on in zip(xs, ys, best, strict=True) if on)
    axes.step(
        *zip(*line, strict=True),
        where="post",
        color=COLOURS[0],
        linewidth=1.4,
        alpha=0.6,
        zorder=2,
    )
    for x, y, on in zip(xs, ys, best, strict=True):
        fill = COLOURS[0] if on else CARD
        edge = COLOURS[0] if on else SOFT
        axes.plot(x, y, "o", markersize=7, color=fill, markeredgecolor=edge, zorder=3)
    _limits(axes, xs, ys, labelled)
    axes.grid(color=GRID, linewidth=0.8, which="major")
    axes.minorticks_off()
    _ticks(axes, xs)
    axes.set_xlabel(label)
    axes.set_ylabel("accuracy on the device, %" if labelled else "worst layer's SQNR, dB")
    _names(figure, axes, [row["scheme"] for row in shown], xs, ys, best)
    return svg(figure, axes, 1)


def _limits(axes: Any, xs: Sequence[float], ys: Sequence[float], labelled: bool) -> None:
    spread = max(max(ys) - min(ys), 1.0 if labelled else 6.0)
    top = max(ys) + spread * 0.25
    axes.set_ylim(min(ys) - spread * 0.3, min(top, 100.6) if labelled else top)
    if axes.get_xscale() == "log":
        ratio = (max(xs) / min(xs)) ** 0.14
        axes.set_xlim(min(xs) / ratio, max(xs) * ratio)
    else:
        margin = (max(xs) - min(xs) or max(xs)) * 0.16
        axes.set_xlim(max(min(xs) - margin, 0), max(xs) + margin)


def _ticks(axes: Any, xs: Sequence[float]) -> None:
    """Round numbers that are few enough for a phone."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator

    log = axes.get_xscale() == "log"
    few = max(xs) < 40 * min(xs)
    axes.xaxis.set_major_locator(
        LogLocator(subs=(1, 2, 5) if few else (1,)) if log else MaxNLocator(4)
    )
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _short(x)))


def _short(x: float) -> str:
    if x >= 1e6:
        return f"{x / 1e6:g} M"
    return f"{x / 1e3:g} k" if x >= 1e3 else f"{x:g}"


def _names(
    figure: Any,
    axes: Any,
    names: Sequence[str],
    xs: Sequence[float],
    ys: Sequence[float],
    best: Sequence[bool],
) -> None:
    """Each point's name beside it, where it lies over no other name, point or edge."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.transforms import Bbox

    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # places depend on the layout
    renderer = canvas.get_renderer()
    spots = [axes.transData.transform(point) for point in zip(xs, ys, strict=True)]
    taken = [Bbox.from_bounds(x - 5, y - 5, 10, 10) for x, y in spots]
    inside = axes.get_window_extent(renderer)
    for number in sorted(range(len(names)), key=lambda i: (not best[i], xs[i])):
        fewest, chosen = 1e9, _PLACES[0]
        for dx, dy in _PLACES:
            text = _name(axes, names[number], xs[number], ys[number], (dx, dy), best[number])
            box = text.get_window_extent(renderer)
            others = [b for i, b in enumerate(taken) if i != number]
            clashes = sum(box.overlaps(other) for other in others)
            clashes += 2 * (box.x0 < inside.x0 or box.x1 > inside.x1 + 6)
            clashes += 2 * (box.y0 < inside.y0 or box.y1 > inside.y1 + 6)
            text.remove()
            if clashes < fewest:
                fewest, chosen = clashes, (dx, dy)
        final = _name(axes, names[number], xs[number], ys[number], chosen, best[number])
        taken.append(final.get_window_extent(renderer))


def _name(axes: Any, name: str, x: float, y: float, place: tuple[int, int], best: bool) -> Any:
    dx, dy = place
    far = abs(dy) > 12
    return axes.annotate(
        name,
        (x, y),
        (dx, dy),
        textcoords="offset points",
        ha="left" if dx > 0 else "right" if dx < 0 else "center",
        va="bottom" if dy > 0 else "top" if dy < 0 else "center",
        fontsize=8.5,
        color=INK if best else SOFT,
        annotation_clip=False,
        arrowprops={"arrowstyle": "-", "color": GRID, "linewidth": 0.8} if far else None,
    )


def stacked(reports: Mapping[str, Mapping[str, Any]]) -> str:
    """A bar for each scheme, cut by layers; beyond seven the cheapest are one."""
    unit = next(iter(reports.values()))["measure"]["unit"]
    costs = {scheme: _by_layer(report, unit) for scheme, report in reports.items()}
    totals: dict[str, float] = {}
    for one in costs.values():
        whole = sum(one.values()) or 1
        for name, value in one.items():
            totals[name] = totals.get(name, 0.0) + value / whole
    order = sorted(totals, key=lambda name: -totals[name])
    shown = [name for name in totals if name in order[: len(COLOURS) - 1]]
    figure, axes = chart(1.1 + 0.3 * len(reports) + 0.2 * -(-(len(shown) + 1) // 2))
    names = list(reports)
    left = [0.0] * len(names)
    for number, name in enumerate([*shown, "the others"]):
        parts = [_part(costs[scheme], name, shown) for scheme in names]
        if any(parts):
            axes.barh(
                range(len(names)), parts, 0.72, left=left, color=COLOURS[number], label=name[:26]
            )
        left = [a + b for a, b in zip(left, parts, strict=True)]
    for row, total in enumerate(left):
        axes.annotate(
            _short(float(f"{total:.3g}")),
            (total, row),
            (4, 0),
            textcoords="offset points",
            va="center",
            color=SOFT,
            fontsize=8.5,
        )
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, max(left) * 1.14)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    _ticks(axes, [1.0, max(left)])
    axes.set_xlabel("microseconds" if unit == "us" else unit)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, labelcolor=INK, fontsize=8.5)
    return svg(figure, axes, 1)


def _by_layer(report: Mapping[str, Any], unit: str) -> dict[str, float]:
    """What the layers cost, by name; those of one name are one."""
    found: dict[str, float] = {}
    for layer in report["layers"]:
        name = _last(layer["name"])
        found[name] = found.get(name, 0.0) + layer[unit]
    return found


def _last(name: str) -> str:
    """A layer's own name out of what TensorFlow makes of it, `model/conv_1/Relu`."""
    parts = name.split(";")[0].split("/")
    return parts[1] if len(parts) > 1 else parts[0].split(":")[0]


def _part(costs: Mapping[str, float], name: str, shown: Sequence[str]) -> float:
    if name in shown:
        return costs.get(name, 0.0)
    return sum(value for one, value in costs.items() if one not in shown)
