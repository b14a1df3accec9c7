"""What the benchmarks do without a compiler, an emulator or TensorFlow."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import cpus, engines, harness, markdown, sweep
from benchmarks.layer import tflite
from benchmarks.result import Failure, Result
from benchmarks.shapes import SHAPES
from tinydeploy.board import load_board
from tinydeploy.errors import ToolError, UsageError
from tinydeploy.ops import OPS
from tinydeploy.tflite import read

RESULT = Result(
    model="kws",
    engine="aot-balanced",
    macs=1_000_000,
    instructions=1_250_000,
    code_bytes=9_000,
    model_bytes=25_000,
    arena_bytes=12_000,
    stack_bytes=300,
    samples=4,
    mismatches=0,
)
OTHER = replace(RESULT, engine="bakenn-cmsis", instructions=3_000_000, remark="without SOFTMAX")
ABOUT = {"aot-balanced": "tinydeploy 1", "bakenn-cmsis": "bakenn 1"}


def page(*outcomes: Result | Failure) -> str:
    subjects = {outcome.model: {"MACs": 1_000_000, "made": "Keras"} for outcome in outcomes}
    return markdown.markdown(outcomes, subjects, {"command": "scripts/bench"}, ABOUT, "results.svg")


def section(text: str, title: str) -> str:
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


def test_a_table_has_a_row_per_model_and_a_column_per_engine() -> None:
    table = section(page(RESULT, OTHER), "Instructions per inference")
    assert "|  | aot-balanced | bakenn-cmsis |" in table
    assert "| kws | 1,250,000 | 3,000,000 |" in table
    assert "| kws | 1.25 | 3.00 |" in section(page(RESULT, OTHER), "Instructions per MAC")


def test_the_models_are_told_of() -> None:
    assert "| kws | 1,000,000 | Keras |" in section(page(RESULT), "Models")


def test_ratios_are_to_balanced() -> None:
    text = section(page(RESULT, OTHER), "Instructions, times those of aot-balanced")
    assert "| kws | 2.40 |" in text


def test_what_differs_failed_or_was_changed_is_said() -> None:
    failure = Failure("vww", "bakenn-cmsis", "no operator SOFTMAX")
    text = page(replace(RESULT, mismatches=1), OTHER, failure)
    assert "| kws | 3 of 4 | 4 of 4 |" in section(text, "Exactness")
    assert "| vww | – | – |" in section(text, "Exactness")
    remarks = section(text, "Remarks")
    assert "aot-balanced on kws: 1 of 4 outputs DIFFER" in remarks
    assert "bakenn-cmsis could not run vww: no operator SOFTMAX" in remarks
    assert "bakenn: without SOFTMAX (kws)" in remarks


def test_earlier_figures_are_marked_and_only_beside_their_own_model() -> None:
    assert "earlier" not in page(RESULT)
    text = page(RESULT, replace(RESULT, model="ad01_int8"))
    table = section(text, "Instructions per inference")
    assert "earlier, not in this run*" in table
    rows = {line.split(" | ")[0]: line for line in table.splitlines()}
    assert rows["| kws"].endswith("| – |")
    assert rows["| ad01_int8"].endswith("| *583,000* |")
    ratios = section(text, "Instructions, times those of aot-balanced")
    assert "| ad01_int8 | – | *0.47* |" in ratios
    assert "| kws | – | – |" in ratios


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["aot"], ["aot-balanced", "aot-speed", "aot-size"]),
        (["bakenn-cmsis", "tflm"], ["tflm", "bakenn-cmsis"]),
    ],
)
def test_engines_are_chosen_by_name_or_family(names: list[str], expected: list[str]) -> None:
    assert engines.chosen(names) == expected


def test_tflm_is_measured_only_when_its_sources_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TINYDEPLOY_TFLM_DIR", raising=False)
    assert "tflm" not in engines.chosen([])
    monkeypatch.setenv("TINYDEPLOY_TFLM_DIR", "/somewhere")
    assert "tflm" in engines.chosen([])


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(UsageError, match="baken") as caught:
        engines.chosen(["baken"])
    assert "bakenn" in caught.value.hint


def test_ticks_become_instructions() -> None:
    printed = (
        "empty 32\nticks 672\noutput 00ff\nstack 64\nticks 6432\noutput 7f80\nstack 80\ndone\n"
    )
    instructions, outputs, stack = harness.parse(printed)
    assert instructions == (100, 1000)  # 6.4 ticks each, the empty call's taken off
    assert outputs == (b"\x00\xff", b"\x7f\x80")
    assert stack == 80


@pytest.mark.parametrize("printed", ["", "empty 32\nfault\n", "empty 32\nticks 672\n"])
def test_a_program_that_does_not_finish_is_an_error(printed: str) -> None:
    with pytest.raises(ToolError, match="did not finish"):
        harness.parse(printed)


@pytest.mark.parametrize("name", SHAPES)
def test_a_layer_written_is_the_layer_read(name: str) -> None:
    layer = SHAPES[name].layer
    graph = read(tflite(SHAPES[name].layers, seed=1), name)
    node = graph.nodes[-1]
    assert node.op == layer.op
    assert graph.output(node).shape[-1] == layer.filters
    image = () if layer.op == "FULLY_CONNECTED" else layer.output
    assert graph.output(node).shape == (layer.batch, *image, layer.filters)
    if not any(layer.pads) and OPS[node.op].macs(graph, node):  # a PAD is not yet merged
        assert OPS[node.op].macs(graph, node) == layer.macs


def test_every_neighbour_is_a_shape_of_another_name() -> None:
    for name, shape in SHAPES.items():
        assert shape.near in ("", *SHAPES)
        assert shape.near != name


def test_a_cliff_is_a_leap_in_cost_per_mac() -> None:
    base = sweep.Cost(macs=1000, outputs=10, instructions=1000, exact=True)
    costs = {
        "1x1": base,
        "1x1 in 31": replace(base, instructions=1499),
        "1x1 in 33": replace(base, instructions=1501),
        "1x1 out 31": replace(base, macs=2000, instructions=2500),
        "1x1 out 33": replace(base, instructions=0, error="refused"),
    }
    assert sweep.cliffs(costs) == {"1x1 in 33": pytest.approx(1.501)}
    text = sweep.page(costs, {"command": "scripts/bench sweep"})
    assert "Cliffs among 5 shapes: 1 (1x1 in 33 (1.50 times))." in text
    assert "Could not be measured: 1 (1x1 out 33)." in text
    assert "**1.50**" in text
    assert "refused" in text


def test_a_shape_that_is_not_exact_is_said_to_be() -> None:
    cost = sweep.Cost(macs=1000, outputs=10, instructions=1000, exact=False)
    assert "**no**" in sweep.page({"dw": cost}, {})


def test_cpus_are_compared_with_what_they_have_not() -> None:
    boards = [load_board(name) for name in ("microbit", "mps2-an505", "mps3-an547")]
    found: dict[cpus.Cell, int | str] = {
        cpus.Cell("kws", "microbit"): 2_000,
        cpus.Cell("kws", "microbit", cpus.PORTABLE): 5_000,
        cpus.Cell("kws", "mps2-an505"): 900,
        cpus.Cell("kws", "mps3-an547"): 300,
        **{cpus.Cell("resnet", board.id): "no room" for board in boards},
        cpus.Cell("resnet", "microbit", cpus.PORTABLE): 9_000,
    }
    text = cpus.markdown(boards, {"kws": 1_000, "resnet": 10_000}, found, {"date": "today"})
    assert "| cortex-m0 | microbit | 2,000 (2.00) | - |" in text
    assert "- resnet on microbit: no room" in text
    vectors = section(text, "Vector instructions against DSP instructions")
    assert "(mps3-an547) against cortex-m33 (mps2-an505) | kws | 900 | 300 | 3.00 |" in vectors
    assert "resnet" not in vectors
    assert "| cortex-m0 (microbit) | kws | 5,000 | 2,000 | 2.50 |" in text
    assert text.endswith("- date: today\n")


def test_one_part_of_the_results_is_made_anew() -> None:
    first, second = "# Results\n\nold\n", f"{markdown.CPUS}\nold\n"
    both = markdown.renewed(markdown.renewed("", models=first), cpus=second)
    assert both == f"{first}\n{second}"
    assert markdown.renewed(both, models="# Results\n") == f"# Results\n\n{second}"
    assert markdown.renewed(both, cpus=markdown.CPUS) == f"{first}\n{markdown.CPUS}"
