"""4-bit weights: how they are read and packed, what is refused, and which kernel a CPU gets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinydeploy.graph import Aim, Call, Const, Graph, Node, Tensor
from tinydeploy.ops import lowering
from tinydeploy.ops.int4 import nibbles
from tinydeploy.schemes import int4, int16x8
from tinydeploy.tflite import unpack_int4

DSP = Aim(features=frozenset({"dsp"}))
CONV = {"padding": "SAME", "stride": (1, 1), "dilation": (1, 1), "activation": "NONE"}
WEIGHTS = st.lists(st.lists(st.integers(-8, 7), min_size=11, max_size=11), min_size=1, max_size=7)


def test_the_first_weight_of_a_byte_is_in_its_low_half() -> None:
    raw = np.array([0x80, 0x7F, 0x0F], np.uint8)
    assert unpack_int4(raw, (5,)).tolist() == [0, -8, -1, 7, -1]
    assert nibbles.pairs(np.array([0, -8, -1, 7, -1])).view(np.uint8).tolist() == raw.tolist()


@given(rows=WEIGHTS)
def test_packing_loses_nothing(rows: list[list[int]]) -> None:
    weights = np.array(rows)
    packed = nibbles.pack(weights).astype(int)
    low = (packed & 15) - 8
    high = packed >> 4
    groups = np.concatenate([high, low], axis=2).reshape(len(weights), -1)
    assert np.array_equal(groups[:, : weights.shape[1]], weights)
    assert not groups[:, weights.shape[1] :].any()


@given(rows=WEIGHTS, seed=st.integers(0, 99))
def test_lanes_add_up_to_sixteen_times_the_sum(rows: list[list[int]], seed: int) -> None:
    """What td_lanes_s4.h says, with inputs up to the extremes."""
    weights = np.pad(np.array(rows), ((0, 0), (0, 5)))
    inputs = np.random.default_rng(seed).choice([-128, 127, 3, -77], weights.shape[1])
    a, c = inputs.reshape(-1, 2, 4).swapaxes(0, 1)
    byte = nibbles.pack(weights).astype(int)
    lanes = (a * byte + (16 * c - a) * (byte & 15)).sum(axis=(1, 2)) - 128 * c.sum()
    assert np.array_equal(lanes, 16 * weights @ inputs)
    assert np.abs(16 * c - a).max() < 2**15


def test_blocks_of_channels() -> None:
    weights = np.zeros((3, 9), int)
    weights[2, 8] = 5
    assert nibbles.blocks(weights, 2, fill=False).size == 3 * 2 * 4
    filled = nibbles.blocks(weights, 2, fill=True).reshape(2, 2, 2, 4)
    assert filled[1, 1, 0, 0] == 16 * 5 + 8
    assert (filled[1, :, 1] == 8).all()


def layer(op: str = "CONV_2D", **changes: object) -> Graph:
    """A pointwise layer of 4-bit weights with its filter changed."""
    shape = (4, 1, 1, 8) if op == "CONV_2D" else (4, 8)
    sizes = [(1, 4, 4, 8), (1, 4, 4, 4)] if op == "CONV_2D" else [(1, 8), (1, 4)]
    filter_ = Tensor(1, "w", shape, "int4", (0.01,) * 4, (0,) * 4, 0, np.full(shape, -8, np.int8))
    tensors = (
        Tensor(0, "in", sizes[0], "int8", (0.1,), (3,)),
        replace(filter_, **changes),  # type: ignore[arg-type]
        Tensor(2, "b", (4,), "int32", (0.001,), (0,), data=np.arange(4, dtype=np.int32)),
        Tensor(3, "out", sizes[1], "int8", (0.1,), (0,)),
    )
    attrs = CONV if op == "CONV_2D" else {"activation": "NONE", "shuffled": False}
    return Graph("net", tensors, (Node(0, op, "layer", (0, 1, 2), (3,), attrs),), (0,), (3,))


def lower(graph: Graph, aim: Aim) -> Call:
    (node,) = graph.nodes
    assert lowering(graph, node).refuse(graph, node) == ""
    return lowering(graph, node).lower(graph, node, aim)


@pytest.mark.parametrize("op", ["CONV_2D", "FULLY_CONNECTED"])
def test_a_cpu_gets_the_kernel_that_suits_it(op: str) -> None:
    names = {"CONV_2D": "td_conv_2d", "FULLY_CONNECTED": "td_fully_connected"}
    fast, portable = lower(layer(op), DSP), lower(layer(op), Aim())
    assert (fast.kernel, portable.kernel) == (f"{names[op]}_packed_s4", f"{names[op]}_s4")
    for call in (fast, portable):
        (packed,) = [arg for arg in call.args if isinstance(arg, Const) and arg.name == "filter"]
        assert packed.data.nbytes == 4 * 8 // 2  # half a byte a weight, and nothing else


def test_groups_are_refused() -> None:
    graph = layer(shape=(4, 1, 1, 4), data=np.ones((4, 1, 1, 4), np.int8))
    assert "groups" in lowering(graph, graph.nodes[0]).refuse(graph, graph.nodes[0])


def test_a_huge_bias_takes_the_portable_kernel() -> None:
    assert nibbles.refuse_fast(np.ones((1, 8)), np.array([2**27]), 0) == "a sum may leave 32 bits"
    assert nibbles.refuse_fast(np.ones((1, 8)), np.array([2**26]), 0) == ""


def test_what_is_of_which_scheme() -> None:
    graph = layer()
    assert int4.refuse(graph) == ("", "")
    assert "not int16" in int16x8.refuse(graph)[0]
    reason, hint = int4.refuse(layer(dtype="int8"))
    assert "no 4-bit weights" in reason and "Keras" in hint
