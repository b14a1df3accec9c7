"""explain's arithmetic and explore's table, without TensorFlow, a compiler or an interpreter."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinydeploy.bench.worker import Request
from tinydeploy.cli.explore import chosen
from tinydeploy.errors import UsageError
from tinydeploy.explain.document import find_layer, worst
from tinydeploy.explain.match import match
from tinydeploy.explain.rescale import Factor, apply, rescale, rounds_once
from tinydeploy.explain.text import sparkline
from tinydeploy.explain.values import ends, real, steps
from tinydeploy.explore.pareto import front
from tinydeploy.explore.rows import markdown, remarks, table
from tinydeploy.explore.run import Exploration, explore
from tinydeploy.fixedpoint import quantize_multiplier, requantize
from tinydeploy.graph import Graph, Node, Tensor
from tinydeploy.schemes import SCHEMES

ROOT = Path(__file__).resolve().parents[2]
Shape = tuple[int, ...]


def tensor(index: int, name: str, shape: Shape, dtype: str = "int8", **more: Any) -> Tensor:
    if dtype in ("int8", "int16") and "scales" not in more:
        more |= {"scales": (0.5,), "zero_points": (0,)}
    return Tensor(index, name, shape, dtype, **more)


def chain(names: Sequence[str], dtype: str = "int8", ops: Sequence[str] = ()) -> Graph:
    """Nodes one after the other, each with an output of its own size."""
    tensors = [tensor(0, "in", (1, 8), dtype)]
    nodes = []
    for number, name in enumerate(names):
        tensors.append(tensor(number + 1, name, (1, 9 + number), dtype))
        op = ops[number] if ops else "RELU"
        nodes.append(Node(number, op, name, (number,), (number + 1,), {}))
    return Graph("chain", tuple(tensors), tuple(nodes), (0,), (len(names),))


def layer(weights: Tensor, dtype: str = "int8", bias: str = "int32") -> tuple[Graph, Node]:
    tensors = (
        tensor(0, "in", (1, 4), dtype, scales=(0.02,), zero_points=(0,)),
        weights,
        Tensor(2, "bias", (2,), bias, data=np.zeros(2, bias)),
        tensor(3, "out", (1, 2), dtype, scales=(0.1,), zero_points=(0,)),
    )
    node = Node(0, "FULLY_CONNECTED", "dense", (0, 1, 2), (3,), {"activation": "NONE"})
    return Graph("dense", tensors, (node,), (0,), (3,)), node


def filter_of(scales: tuple[float, ...]) -> Tensor:
    data = np.ones((2, 4), np.int8)
    return Tensor(1, "w", (2, 4), "int8", scales, (0,) * len(scales), 0, data)


def test_codes_and_reals_are_each_other() -> None:
    per_axis = filter_of((0.5, 0.25))
    assert per_axis.data is not None
    values = real(per_axis, per_axis.data)
    assert values.tolist() == [[0.5] * 4, [0.25] * 4]
    assert steps(per_axis, values).tolist() == [[1.0] * 4] * 2
    assert ends(tensor(0, "x", (1,), scales=(0.5,), zero_points=(-128,))) == (0.0, 127.5)


def test_a_layer_has_a_factor_for_each_channel() -> None:
    found = rescale(*layer(filter_of((0.5, 0.25))))
    assert found is not None
    assert [factor.real for factor in found.factors] == [0.02 * 0.5 / 0.1, 0.02 * 0.25 / 0.1]
    for factor in found.factors:
        assert 2**30 <= factor.multiplier < 2**31
        assert abs(factor.represented / factor.real - 1) <= 2**-31


def test_sums_are_rounded_as_their_kernels_do() -> None:
    factor = Factor("one", 0.0123, *quantize_multiplier(0.0123))
    for x in (-100_001, -41, -1, 0, 1, 40, 122, 100_001):
        assert apply(x, factor, once=False) == requantize(x, factor.multiplier, factor.shift)
        assert abs(apply(x, factor, once=True) - x * 0.0123) <= 0.5 + abs(x) * 0.0123 * 2**-15
    wide = layer(filter_of((0.5,)), "int16", "int64")
    assert rounds_once(*wide)
    assert not rounds_once(*layer(filter_of((0.5,)), "int16", "int32"))
    assert not rounds_once(*layer(filter_of((0.5,))))


def test_floats_and_copies_have_no_factors() -> None:
    graph = chain(["a"], "float32")
    assert rescale(graph, graph.nodes[0]) is None
    graph = chain(["a"])
    assert rescale(graph, graph.nodes[0]) is None  # the same scale on both sides


def test_tensors_match_by_name() -> None:
    found = match(chain(["a", "b", "c"]), chain(["a", "b", "c"], "float32"))
    assert found.tensors == {0: 0, 1: 1, 2: 2, 3: 3}
    assert found.unmatched == ()


def test_other_names_match_by_place_and_what_cannot_is_told() -> None:
    ours = chain(["a", "q", "c"], ops=("CONV_2D", "RELU", "SOFTMAX"))
    theirs = chain(["x", "y"], "float32", ops=("CONV_2D", "LOGISTIC"))
    found = match(ours, theirs)
    assert found.tensors == {0: 0, 1: 1}
    assert [node.name for node in found.unmatched] == ["q", "c"]


def test_a_name_of_another_size_is_no_match() -> None:
    ours, theirs = chain(["a"]), chain(["a"], "float32")
    other = replace(theirs, tensors=(theirs.tensors[0], replace(theirs.tensors[1], shape=(1, 3))))
    assert match(ours, other).unmatched == ours.nodes


def test_layers_are_found_by_number_and_name() -> None:
    layers = [
        {"index": 0, "name": "net/conv/Relu", "sqnr_db": 30.0},
        {"index": 1, "name": "net/dense/MatMul", "sqnr_db": 20.0},
        {"index": 2, "name": "net/flat", "sqnr_db": None},
    ]
    assert find_layer(layers, "1") is layers[1]
    assert find_layer(layers, "Dense") is layers[1]
    with pytest.raises(UsageError, match="layers 0, 1, 2"):
        find_layer(layers, "net")
    with pytest.raises(UsageError, match="no layer 'convolution'"):
        find_layer(layers, "convolution")
    assert worst(layers) == [1, 0]


def test_a_sparkline_shows_what_is_rare() -> None:
    assert sparkline([0, 0, 1, 1000], 4) == "  ▁█"


def test_the_front_is_what_nothing_beats() -> None:
    assert front([(1, 9), (5, 5), (9, 1), (6, 6), (5, 5)]) == [True, True, True, False, True]


def report(scheme: str, flash: int, cost: int, device: float | None, exact: bool = True) -> Any:
    found: dict[str, Any] = {
        "model": {"name": "m", "scheme": scheme, "tflite_bytes": flash, "macs": 7},
        "board": {"id": "b", "name": "B", "cpu": "c", "clock_hz": 1},
        "engine": "aot",
        "optimize": "balanced",
        "runner": {"name": "qemu", "kind": "emulated"},
        "firmware": {"model_bytes": flash // 2, "flash_bytes": flash, "ram_bytes": 10},
        "measure": {"unit": "instructions", "median": cost},
        "verify": {"bit_exact": exact},
    }
    if device is not None:
        found["accuracy"] = {"float": 0.99, "int8": device, "device": device, "samples": 100}
    return found


def rows_of(*reports: Any) -> list[Any]:
    by_name = {one["model"]["scheme"]: one for one in reports}
    outcomes = {
        name: {
            "status": "passed" if one["verify"]["bit_exact"] else "failed",
            "reason": "",
            "hint": "",
        }
        for name, one in by_name.items()
    }
    document = table([*by_name, "other"], by_name, {}, outcomes, {"other": "needs --train"})
    return list(document["schemes"])


def test_a_row_has_what_the_issue_names() -> None:
    first, other = rows_of(report("int8", 100, 50, 0.98))
    assert first["accuracy"] == {"float": 0.99, "quantized": 0.98, "device": 0.98}
    assert (first["model_bytes"], first["flash_bytes"], first["ram_bytes"]) == (50, 100, 10)
    assert first["instructions"] == 50
    assert first["pareto"] is True
    assert other["reason"] == "needs --train"
    assert other["flash_bytes"] is other["instructions"] is other["accuracy"] is None
    assert other["pareto"] is False


def test_pareto_needs_a_proof_and_something_to_be_best_at() -> None:
    found = rows_of(
        report("a", 100, 50, 0.98),
        report("worse", 101, 50, 0.98),
        report("small", 90, 60, 0.97),
        report("wrong", 10, 5, 0.99, exact=False),
    )
    assert [row["pareto"] for row in found] == [True, False, True, False, False]


def test_a_remark_is_told_once_with_the_schemes_that_it_is_about() -> None:
    reports = {name: report(name, 100, 50, None) for name in ("a", "b", "c")}
    for name in ("a", "c"):
        reports[name]["model"] |= {"remarks": ["noise"], "calibration": {"file": "n.npz"}}
    outcomes = {name: {"status": "passed", "reason": "", "hint": ""} for name in reports}
    document = table([*reports, "other"], reports, {}, outcomes, {"other": "why"})
    assert remarks(document) == {"noise": ["a", "c"]}
    assert document["calibration"] == {"file": "n.npz"}


def test_without_labels_accuracy_is_null() -> None:
    assert rows_of(report("a", 100, 50, None))[0]["accuracy"] is None


def test_the_schemes_chosen() -> None:
    untrained = tuple(name for name, one in SCHEMES.items() if not one.needs_training)
    assert chosen("", False) == untrained
    assert chosen("", True) == tuple(SCHEMES)
    assert chosen("int8, float32,int8", False) == ("int8", "float32")
    with pytest.raises(UsageError, match="unknown scheme 'int9'"):
        chosen("int8,int9", False)


class Interrupts:
    """A place where Ctrl-C comes as soon as something starts."""

    slots = 1
    shares_builds = True
    closed = False

    def start(self, request: Request, folder: Path) -> Any:
        folder.mkdir(parents=True)
        raise KeyboardInterrupt

    def close(self) -> None:
        self.closed = True


def test_interrupted_it_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    motion, place, board = ROOT / "examples" / "motion", Interrupts(), "mps2-an386"
    wanted = Exploration(
        model=motion / "motion.keras",
        board=board,
        boards=None,
        engine="aot",
        schemes=("int8",),
        calib=motion / "calib.npz",
        labels=None,
        optimize="balanced",
        samples=3,
        runs=1,
        folder=tmp_path / "out",
    )
    with pytest.raises(KeyboardInterrupt):
        explore(wanted, place, 0.0, lambda text: None)
    assert place.closed
    assert list((tmp_path / "out").iterdir()) == []


def test_the_documents_table_is_that_of_the_run_kept_beside_it() -> None:
    text = (ROOT / "docs" / "quantization.md").read_text(encoding="utf-8")
    kept = json.loads((ROOT / "docs" / "quantization.json").read_text(encoding="utf-8"))
    shown = re.search(r"<!-- table -->\n(.*?)<!-- /table -->", text, re.DOTALL)
    assert shown is not None
    assert shown[1] == markdown(kept) + "\n"
    assert kept["labelled_samples"] == 360
    assert {row["scheme"] for row in kept["schemes"]} <= set(SCHEMES)


def test_the_motion_table_has_every_scheme_measured() -> None:
    text = (ROOT / "examples" / "motion" / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"<!-- table -->\n(.*?)<!-- /table -->", text, re.DOTALL)
    assert shown is not None
    rows = [re.findall(r"[^|*★\s]+", line) for line in shown[1].splitlines()[2:]]
    assert [row[0] for row in rows] == list(SCHEMES)
    assert all(row[-1] == "dB" or row[0] == "float32" for row in rows)
