"""What is worse is found and named; what says nothing about each other is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tinydeploy import cli
from tinydeploy.bench.compare import compare

from .conftest import make_report


def layers(first: int, last: int) -> list[dict[str, Any]]:
    names = (("CONV_2D", "first", first), ("SOFTMAX", "last", last))
    return [
        {"index": i, "op": op, "name": name, "macs": 1, "instructions": count}
        for i, (op, name, count) in enumerate(names)
    ]


def measure(unit: str, median: float, low: float, p95: float) -> dict[str, Any]:
    return {"unit": unit, "median": median, "min": low, "p95": p95, "max": p95}


def test_the_largest_layer_comes_first_and_is_named() -> None:
    slow = make_report(measure=measure("instructions", 330, 330, 330), layers=layers(195, 135))
    (pair,) = compare({"": make_report()}, {"": slow}, 0.02).pairs
    assert [delta.name for delta in pair.layers] == ["1 SOFTMAX (last)", "0 CONV_2D (first)"]
    assert pair.worse == (
        "instructions 300 → 330 (+10.00%)",
        "most in layer 1 SOFTMAX (last): 100 → 135 instructions (+35.00%)",
    )


@pytest.mark.parametrize(("now", "worse"), [(306, False), (307, True), (301, False)])
def test_counts_are_compared_exactly(now: int, worse: bool) -> None:
    after = make_report(measure=measure("instructions", now, now, now))
    (pair,) = compare({"": make_report()}, {"": after}, 0.02).pairs
    assert bool(pair.worse) is worse
    assert pair.figures[0].change == pytest.approx(now / 300 - 1)


@pytest.mark.parametrize(("now", "worse"), [(109.0, False), (112.0, True)])
def test_times_count_beyond_their_spread(now: float, worse: bool) -> None:
    def timed(median: float) -> dict[str, Any]:
        rows = [{**row, "us": 1.0} for row in layers(1, 1)]
        return make_report(measure=measure("us", median, median - 2, median + 8), layers=rows)

    (pair,) = compare({"": timed(100.0)}, {"": timed(now)}, 0.02).pairs
    assert bool(pair.worse) is worse
    assert pair.figures[0].counts is worse


UNLIKE = [
    ({"board": {"id": "mps2-an385"}}, "board"),
    ({"board": {"clock_hz": 1}}, "clock in Hz"),
    ({"engine": "tflm"}, "engine"),
    ({"optimize": "size"}, "optimize"),
    ({"model": {"sha256": "bb"}}, "model's SHA-256"),
    ({"firmware": {"flags": ["-O3"]}}, "compiler flags"),
    ({"firmware": {"toolchain": {"compiler": "gcc 13"}}}, "toolchain"),
    ({"measure": {"unit": "us"}}, "unit"),
]


@pytest.mark.parametrize(("change", "what"), UNLIKE)
def test_unlike_runs_are_refused(change: dict[str, Any], what: str) -> None:
    (pair,) = compare({"": make_report()}, {"": make_report(**change)}, 0.0).pairs
    assert [text.partition(":")[0] for text in pair.unlike] == [what]
    assert pair.figures == () and pair.worse == ()


def test_accuracy_and_sizes_are_gated_too() -> None:
    before = make_report(accuracy=[])
    before["accuracy"] = {"device": 0.98}
    after = make_report(firmware={"flash_bytes": 1030})
    after["accuracy"] = {"device": 0.95}
    (pair,) = compare({"": before}, {"": after}, 0.02).pairs
    assert pair.worse == ("flash_bytes 1,000 → 1,030 (+3.00%)", "accuracy 98.00% → 95.00%")


def put(path: Path, report: dict[str, Any]) -> str:
    path.write_text(json.dumps(report), encoding="utf-8")
    return str(path)


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = put(tmp_path / "a.json", make_report())
    two = put(tmp_path / "b.json", make_report(measure=measure("instructions", 330, 330, 330)))
    other = put(tmp_path / "c.json", make_report(engine="tflm"))
    assert cli.run(["compare", one, two]) == 0
    assert cli.run(["compare", one, two, "--fail-on", "2%"]) == 8
    assert "instructions 300 → 330 (+10.00%)" in capsys.readouterr().err
    assert cli.run(["compare", one, two, "--fail-on", "0.2"]) == 0
    assert cli.run(["compare", two, one, "--fail-on", "0"]) == 0
    assert cli.run(["compare", one, two, "--fail-on", "two"]) == 2
    capsys.readouterr()
    assert cli.run(["compare", one, other]) == 9
    assert "engine: aot and tflm" in capsys.readouterr().err
    assert cli.run(["compare", one, two, "--fail-on", "2%", "--json"]) == 8
    assert json.loads(capsys.readouterr().out)["cells"][0]["worse"]
    assert cli.run(["compare", one, str(tmp_path)]) == 2


def test_markdown_has_the_marker_and_what_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = put(tmp_path / "a.json", make_report())
    two = put(tmp_path / "b.json", make_report(measure=measure("instructions", 330, 330, 330)))
    assert cli.run(["compare", one, two, "--markdown"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("<!-- tinydeploy-bench -->\n")
    assert "| instructions | 300 | 330 | +10.00% |" in said and "flash" not in said
