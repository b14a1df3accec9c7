"""int16 activations: what is refused, which kernel a CPU gets, and that the fast one is exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinydeploy.graph import Aim, Call, Graph, Node, Tensor
from tinydeploy.ops import lowering
from tinydeploy.ops.int16 import packed
from tinydeploy.ops.int16.sums import wide

DSP = Aim(features=frozenset({"dsp"}))
CONV = {"padding": "SAME", "stride": (1, 1), "dilation": (1, 1), "activation": "NONE"}


def values(index: int, shape: tuple[int, ...], **changes: object) -> Tensor:
    plain = Tensor(index, f"tensor{index}", shape, "int16", (0.001,), (0,))
    return replace(plain, **changes)  # type: ignore[arg-type]


def conv(op: str = "CONV_2D", sums: str = "int64", **changes: object) -> Graph:
    """A 3×3 layer of 2 channels with one of its tensors changed."""
    shape = (2, 3, 3, 2) if op == "CONV_2D" else (1, 3, 3, 2)
    axis = 0 if op == "CONV_2D" else 3
    weights = Tensor(1, "w", shape, "int8", (0.01, 0.02), (0, 0), axis, np.full(shape, 3, np.int8))
    parts: dict[str, Tensor] = {
        "input": values(0, (1, 4, 4, 2)),
        "filter": weights,
        "bias": Tensor(2, "b", (2,), sums, data=np.array([5, -5], sums)),
        "output": values(3, (1, 4, 4, 2)),
    }
    for name, tensor in parts.items():
        if name in changes:
            parts[name] = replace(tensor, **changes[name])  # type: ignore[arg-type]
    node = Node(0, op, "layer", (0, 1, 2), (3,), CONV)
    return Graph("net", tuple(parts.values()), (node,), (0,), (3,))


def lower(graph: Graph, aim: Aim) -> Call:
    (node,) = graph.nodes
    assert lowering(graph, node).refuse(graph, node) == ""
    return lowering(graph, node).lower(graph, node, aim)


@pytest.mark.parametrize(
    ("op", "changes", "words"),
    [
        ("CONV_2D", {"input": {"zero_points": (1,)}}, "zero point other than 0"),
        ("CONV_2D", {"input": {"scales": ()}}, "not quantized per tensor"),
        ("CONV_2D", {"filter": {"dtype": "int16"}}, "not a constant int8"),
        ("CONV_2D", {"bias": {"dtype": "int16"}}, "not a constant int64 or int32"),
        ("CONV_2D", {"output": {"scales": (1e-8,)}}, "a multiplier of 128 or more"),
        ("DEPTHWISE_CONV_2D", {"bias": {"dtype": "int32"}}, "not a constant int64"),
    ],
)
def test_refuses(op: str, changes: dict[str, dict[str, object]], words: str) -> None:
    graph = conv(op, **changes)
    assert words in lowering(graph, graph.nodes[0]).refuse(graph, graph.nodes[0])


@pytest.mark.parametrize(
    ("op", "fast", "portable"),
    [
        ("CONV_2D", "td_conv_2d_packed_s16", "td_conv_2d_s16"),
        ("DEPTHWISE_CONV_2D", "td_depthwise_packed_s16", "td_depthwise_conv_2d_s16"),
    ],
)
def test_a_cpu_gets_the_kernel_that_suits_it(op: str, fast: str, portable: str) -> None:
    assert lower(conv(op), DSP).kernel == fast
    assert lower(conv(op), Aim()).kernel == portable
    large = conv(op, bias={"data": np.array([2**33, 0])})
    assert lower(large, DSP).kernel == portable  # its sums do not fit 32 bits
    coarse = conv(op, output={"scales": (1e-5,)})
    assert lower(coarse, DSP).kernel == portable  # its multipliers do not fit 31


def test_sums_of_32_bits_as_the_file_says() -> None:
    call = lower(conv(sums="int32"), DSP)
    assert (call.kernel, dict(call.params)["narrow"]) == ("td_conv_2d_s16", 1)


@pytest.mark.parametrize("edge", [0, 1])
def test_sums_that_just_fit(edge: int) -> None:
    weights = np.array([[127, -128]])
    lowest = 127 * -(2**15) - 128 * (2**15 - 1)
    bias = np.array([-(2**31) - lowest - edge])
    assert bool(packed.refuse_sums(weights, bias)) is bool(edge)


@given(real=st.floats(1e-9, 0.49), x=st.integers(-(2**31), 2**31 - 1), near=st.integers(-2, 2))
def test_one_instruction_scales_as_the_reference(real: float, x: int, near: int) -> None:
    """Also where a result is just half way between two outputs."""
    finish = packed.finish([real], (-(2**15), 2**15 - 1))
    assert not isinstance(finish, str)
    (m,), (e,) = finish.multiplier, finish.shift
    multiplier, shift = wide(real)
    assert 0 <= m < 2**31
    half_way = (((x >> 16) << shift) + (1 << (shift - 1))) // max(multiplier, 1) + near
    for total in (x, min(max(half_way, -(2**31)), 2**31 - 1)):
        wanted = (total * multiplier + (1 << (shift - 1))) >> shift
        high = (total * m + (0 if e else 1 << 31)) >> 32
        assert (high + (1 << e >> 1) >> e if e else high) == wanted


def test_no_fast_way_for_large_multipliers() -> None:
    assert packed.finish([0.6], (0, 1)) == "a multiplier is a half or more"


def test_blocks_of_weights() -> None:
    weights = np.arange(3 * 6).reshape(3, 6)
    together = packed.blocks(weights, 2, fill=True).reshape(2, 2, 2, 4)
    assert together[0, 0].tolist() == [[0, 2, 1, 3], [6, 8, 7, 9]]
    assert together[0, 1].tolist() == [[4, 0, 5, 0], [10, 0, 11, 0]]
    assert together[1, :, 1].tolist() == [[0] * 4] * 2
    assert packed.blocks(weights, 2, fill=False).size == 3 * 8
