"""Floats: the tolerance, constants that are expanded, and schemes by their names."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tinydeploy.errors import UsageError
from tinydeploy.graph import Graph, Node, Tensor
from tinydeploy.ops.float32.values import expanded
from tinydeploy.passes import fold_constants
from tinydeploy.schemes import SCHEMES, unknown
from tinydeploy.verify import TOLERANCE_ULPS, error_ulps

ULP = 2.0**-23
CONV = {"padding": "VALID", "stride": (1, 1), "dilation": (1, 1), "activation": "NONE"}


def floats(*values: float) -> bytes:
    return np.array(values, "<f4").tobytes()


def test_error_is_in_ulps_of_the_largest_magnitude() -> None:
    assert error_ulps("float32", floats(-4, 0), floats(-4, 8 * ULP)) == 2
    assert error_ulps("float32", floats(1, 2), floats(1, 2)) == 0
    beyond = floats(1, 2 * (TOLERANCE_ULPS + 1) * ULP)
    assert error_ulps("float32", floats(1, 0), beyond) > TOLERANCE_ULPS


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (floats(1, 2), floats(1, math.nan)),
        (floats(1, math.nan), floats(1, 2)),
        (floats(1, math.inf), floats(1, -math.inf)),
        (floats(1, 2), floats(1, math.inf)),
        (floats(1, 2), floats(1)),
    ],
)
def test_no_tolerance_for_what_is_no_number(expected: bytes, found: bytes) -> None:
    assert error_ulps("float32", expected, found) == math.inf


def test_same_infinity_and_nan_are_no_error() -> None:
    expected, found = floats(1, math.inf, math.nan), floats(1 + ULP, math.inf, math.nan)
    assert error_ulps("float32", expected, found) == 1


def test_no_tolerance_for_integers() -> None:
    assert error_ulps("int8", b"\1", b"\2") == math.inf


def constant(index: int, data: np.ndarray, **facts: object) -> Tensor:
    return Tensor(index, f"t{index}", data.shape, str(data.dtype), data=data, **facts)  # type: ignore[arg-type]


def model(source: Tensor, op: str = "CONV_2D") -> Graph:
    tensors = (
        Tensor(0, "in", (1, 4, 4, 2), "float32"),
        source,
        Tensor(2, "expanded", source.shape, "float32"),
        Tensor(3, "out", (1, 4, 4, 3), "float32"),
    )
    nodes = (
        Node(0, "DEQUANTIZE", "expanded", (1,), (2,), {}),
        Node(1, op, "out", (0, 2), (3,), CONV),
    )
    return Graph("model", tensors, nodes, (0,), (3,))


def test_halves_stay_halves_where_a_kernel_expands_them() -> None:
    source = constant(1, np.ones((3, 1, 1, 2), np.float16))
    graph = fold_constants(model(source))
    assert [node.op for node in graph.nodes] == ["CONV_2D"]
    assert graph.tensor(2).dtype == "float16"
    assert graph.tensor(2).index == 2


def test_other_readers_get_floats() -> None:
    source = constant(1, np.full((3,), 0.5, np.float16))
    graph = fold_constants(model(source, "ADD"))
    assert graph.tensor(2).dtype == "float32"
    np.testing.assert_array_equal(graph.tensor(2).data, np.full(3, 0.5, np.float32))


def test_scales_per_channel_are_all_applied() -> None:
    data = np.array([[10, -20], [30, 40]], np.int8)
    source = constant(1, data, scales=(0.5, 2.0), zero_points=(0, 0), axis=0)
    np.testing.assert_array_equal(expanded(source), [[5, -10], [60, 80]])


def test_another_axis_is_expanded_at_compile_time() -> None:
    data = np.ones((3, 1, 1, 2), np.int8)
    source = constant(1, data, scales=(0.5, 2.0), zero_points=(0, 0), axis=3)
    assert fold_constants(model(source)).tensor(2).dtype == "float32"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("OPTIMIZE_FOR_SIZE", "dynamic"),
        ("optimize-for-latency", "int8"),
        ("tf.lite.Optimize.OPTIMIZE_FOR_SIZE", "dynamic"),
    ],
)
def test_old_names_are_explained(name: str, meant: str) -> None:
    error = UsageError(*unknown(name))
    assert "aliases" in error.message
    assert f"--scheme {meant}," in error.hint
    assert meant in SCHEMES
