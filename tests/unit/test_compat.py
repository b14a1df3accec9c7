"""Every row of every runtime's table: what it has passes, what it lacks is refused by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tinydeploy.board import board_ids, load_board
from tinydeploy.compat import load_runtime, one_dense_scale, refusals, runtime_names
from tinydeploy.engines import tflm
from tinydeploy.errors import UnsupportedOp, UsageError
from tinydeploy.graph import Graph, Node, Tensor
from tinydeploy.ops import OPS
from tinydeploy.quantize import QuantizedModel

RUNTIMES = runtime_names()
ROWS = [(name, op) for name in RUNTIMES for op in load_runtime(name).operators]
TYPED = [(name, op) for name, op in ROWS if load_runtime(name).operators[op].types]
WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def one_layer(
    op: str,
    values: str = "int8",
    version: int = 1,
    weights: str = "",
    scales: tuple[float, ...] = (0.1,),
    depth: int = 4,
) -> Graph:
    """A model of one operator; with `weights` (their type) of `depth` channels."""
    tensors = [Tensor(0, "in", (1, 2, 2, 4), values), Tensor(1, "out", (1, 2, 2, 4), values)]
    inputs: tuple[int, ...] = (0,)
    if weights:
        data = np.ones((4, 1, 1, depth), np.int8)
        tensors.append(
            Tensor(2, "filter", data.shape, weights, scales, (0,) * len(scales), 0, data)
        )
        inputs = (0, 2)
    node = Node(0, op, "the_layer", inputs, (1,), {}, version)
    return Graph("net", tuple(tensors), (node,), (0,), (1,))


def reasons(graph: Graph, runtime: str) -> list[str]:
    return [reason for _, reason in refusals(graph, load_runtime(runtime))]


@pytest.mark.parametrize(("name", "op"), ROWS)
def test_a_version_beyond_the_row_is_refused(name: str, op: str) -> None:
    kernel = load_runtime(name).operators[op]
    values = kernel.types[0] if kernel.types else "int8"
    for version in range(1, kernel.version + 1):
        assert reasons(one_layer(op, values, version), name) == []
    (reason,) = reasons(one_layer(op, values, kernel.version + 1), name)
    assert f"version {kernel.version + 1}" in reason and f"up to {kernel.version}" in reason


@pytest.mark.parametrize(("name", "op"), TYPED)
def test_a_type_that_is_not_in_the_row_is_refused(name: str, op: str) -> None:
    kernel = load_runtime(name).operators[op]
    for values in kernel.types:
        assert reasons(one_layer(op, values), name) == []
    (reason,) = reasons(one_layer(op, "float16"), name)
    assert reason.startswith("float16 values")


@pytest.mark.parametrize("name", RUNTIMES)
def test_an_operator_without_a_row_is_refused(name: str) -> None:
    (reason,) = reasons(one_layer("TOPK_V2"), name)
    assert reason == f"{load_runtime(name).name} has no such operator"


@pytest.mark.parametrize("op", WEIGHTED)
@pytest.mark.parametrize("weights", ["int8", "int4"])
@pytest.mark.parametrize("name", RUNTIMES)
def test_hybrid_is_refused_everywhere(name: str, weights: str, op: str) -> None:
    """Dynamic range: the converter's default, which no runtime has kernels for."""
    (reason,) = reasons(one_layer(op, "float32", 1, weights), name)
    assert reason.startswith("hybrid") and "--calib" in reason


@pytest.mark.parametrize("name", RUNTIMES)
def test_int4_weights_need_a_kernel_that_unpacks_them(name: str) -> None:
    unpacks = load_runtime(name).int4_filters
    assert set(unpacks) <= set(WEIGHTED)
    for op in (*WEIGHTED, "BATCH_MATMUL"):
        if op in load_runtime(name).operators:
            found = reasons(one_layer(op, weights="int4"), name)
            assert found == [] if op in unpacks else "int4" in found[0]


@pytest.mark.parametrize("name", RUNTIMES)
def test_int16_values_with_int8_weights(name: str) -> None:
    """int16x8: by the types of each row, as for RELU in 2023."""
    for op, kernel in load_runtime(name).operators.items():
        found = reasons(one_layer(op, "int16", weights="int8"), name)
        assert (found == []) is (not kernel.types or "int16" in kernel.types)
    assert (reasons(one_layer("RELU", "int16"), name) == []) is (name != "tflite_micro_2023")


@pytest.mark.parametrize("name", RUNTIMES)
def test_per_axis_dense(name: str) -> None:
    several = one_layer("FULLY_CONNECTED", weights="int8", scales=(0.1, 0.2, 0.1, 0.3))
    found = reasons(several, name)
    if load_runtime(name).per_axis_dense:
        assert found == []
    else:
        assert "first of its 3 scales" in found[0] and "--tflm-dir" in found[0]
    same = one_layer("FULLY_CONNECTED", weights="int8", scales=(0.1,) * 4)
    assert reasons(same, name) == []  # its first scale is every scale


@pytest.mark.parametrize("name", RUNTIMES)
def test_dense_other_than_int8_has_one_scale_everywhere(name: str) -> None:
    runtime = load_runtime(name)
    for scheme, values, weights in (("int4", "int8", "int4"), ("int16x8", "int16", "int8")):
        layer = one_layer("FULLY_CONNECTED", values, weights=weights, scales=(0.1, 0.2))
        (reason,) = reasons(layer, name)
        assert f"{values} values with {weights} weights of 2 scales" in reason
        assert "aot engine" in reason
        assert one_dense_scale(runtime, scheme)
    assert one_dense_scale(runtime, "int8") is not runtime.per_axis_dense


@pytest.mark.parametrize("name", RUNTIMES)
def test_grouped_convolution(name: str) -> None:
    found = reasons(one_layer("CONV_2D", weights="int8", depth=2), name)
    if load_runtime(name).grouped_conv:
        assert found == []
    else:
        assert found == [f"in 2 groups; {load_runtime(name).name} takes it for one group"]


@pytest.mark.parametrize("name", RUNTIMES)
def test_rows_are_of_known_operators(name: str) -> None:
    runtime = load_runtime(name)
    assert set(runtime.int8_registrations) <= set(runtime.operators)
    assert not set(runtime.operators) - set(OPS)
    newest = load_runtime("tflite_micro_2026")
    assert not set(runtime.operators) - set(newest.operators)


def test_every_board_names_a_runtime_that_is_there() -> None:
    named = {board.tflm.runtime for board in map(load_board, board_ids()) if board.tflm}
    assert named and named <= set(RUNTIMES)
    with pytest.raises(UsageError, match="unknown runtime 'tflite_micro_2032'"):
        load_runtime("tflite_micro_2032")


def test_the_plan_refuses_with_operator_layer_and_ways_out() -> None:
    graph = one_layer("CONV_2D", "int8", 9, "int8", depth=2)
    model = QuantizedModel("net", b"", "0" * 64, "int8", graph, str(Path("net.tflite")), {})
    with pytest.raises(UnsupportedOp) as found:
        tflm.plan(model, load_board("nano33"), "balanced")
    lines = found.value.message.splitlines()
    assert len(lines) == 3  # all reasons, not the first
    assert all(line.startswith("layer 0 CONV_2D (the_layer)") for line in lines[1:])
    assert "--engine aot" in found.value.hint and "--tflm-dir" in found.value.hint


def test_registrations_for_int8_alone_where_they_are_enough() -> None:
    graph = one_layer("FULLY_CONNECTED", weights="int8")
    new, old = (
        load_runtime("tflite_micro_2026"),
        replace(load_runtime("tflite_micro_2026"), int8_registrations=()),
    )
    small = "AddFullyConnected(tflite::Register_FULLY_CONNECTED_INT8())"
    assert tflm._operators(graph, new) == (small,)
    assert tflm._operators(graph, old) == ("AddFullyConnected()",)
    wide = one_layer("FULLY_CONNECTED", "int16", weights="int8")
    assert tflm._operators(wide, new) == ("AddFullyConnected()",)
