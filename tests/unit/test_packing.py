"""Packing and the proof of requantization, without a compiler."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinydeploy import tools
from tinydeploy.fixedpoint import quantize_multipliers, requantize
from tinydeploy.packing.int8 import Convolution, Dense, Packed, pack_convolution, pack_dense
from tinydeploy.requant import CLAMP, EXACT, LINEAR, RELU, SCALE_BITS, Requant, Sums, prove

KERNELS = tools.data_dir("firmware") / "kernels"


def dense(**changes: object) -> Dense:
    plain = Dense(
        batches=1,
        filter=np.random.default_rng(0).integers(-127, 128, (6, 10)).astype(np.int8),
        bias=[100, -200, 3, 0, 5, -6],
        multipliers=[1_500_000_000],
        shifts=[-7],
        input_zero_point=-128,
        output_zero_point=-128,
        activation=(-128, 127),
    )
    return replace(plain, **changes)


def conv(shape: tuple[int, int, int], kernel: tuple[int, int], **changes: object) -> Convolution:
    rng = np.random.default_rng(1)
    plain = Convolution(
        input=shape,
        output=(*shape[:2], 8),
        filter=rng.integers(-127, 128, (8, *kernel, shape[2])).astype(np.int8),
        bias=rng.integers(-500, 500, 8).tolist(),
        multipliers=rng.integers(1 << 30, 1 << 31, 8).tolist(),
        shifts=[-7, -8] * 4,
        input_zero_point=-128,
        output_zero_point=-128,
        activation=(-128, 127),
        pad=(kernel[0] // 2, kernel[1] // 2),
    )
    return replace(plain, **changes)


def one_output() -> Convolution:
    plain = conv((6, 6, 8), (3, 3))
    each = {name: getattr(plain, name)[:1] for name in ("filter", "bias", "multipliers", "shifts")}
    return replace(plain, output=(6, 6, 1), **each)


def in_groups(groups: int, depth: int) -> Convolution:
    plain = conv((6, 6, depth), (3, 3))
    return replace(plain, filter=plain.filter[..., : depth // groups])


def kernels_output(q: Requant, channel: int, x: int) -> int:
    """One output as firmware/kernels/td_packed.h defines it."""
    multiplier = int(np.resize(q.multiplier, channel + 1)[channel])
    if q.shift is None:
        shift, half = 12, 128 >> (32 - multiplier.bit_length())
        ra = q.round + half
    else:
        shift, half = int(np.resize(q.shift, channel + 1)[channel]), q.half
        ra = half + (q.round << (shift - 1))
    fix = 2 * half if x < 0 and q.mode != RELU else 0
    value = (ra - fix + ((x << q.scale_bits) * multiplier >> 32)) >> shift
    return min(max(value, q.activation[0]), q.activation[1])


def ties(low: int, high: int, multiplier: int, shift: int) -> list[int]:
    """Accumulators around the places where the reference's output changes."""
    real = multiplier * 2.0 ** (shift - 31)
    centres = [int((k + 0.5) / real) for k in range(-130, 260)]
    near = {c + d for c in centres for d in range(-3, 4)} | {low, high, -1, 0, 1}
    return [x for x in near if low <= x <= high]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.one_of(
                st.integers(1 << 30, (1 << 31) - 1),
                st.sampled_from([1 << 30, (1 << 30) + 1, (1 << 31) - 1, 3 << 29]),
            ),
            st.integers(-14, 3),
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(8, 28),
    st.integers(-128, 127),
    st.booleans(),
)
def test_what_is_proven_equals_the_reference(
    scales: list[tuple[int, int]], bits: int, zero_point: int, clamped: bool
) -> None:
    multiplier = np.array([m for m, _ in scales])
    shift = np.array([s for _, s in scales])
    bound = np.full((len(scales), 1), (1 << bits) - 1)
    activation = (max(zero_point, -128), 100) if clamped and zero_point < 100 else (-128, 127)
    q = prove(Sums(-bound, bound), multiplier, shift, zero_point, activation)
    if isinstance(q, str):
        assert shift.max() >= 0
        return
    for channel, (m, s) in enumerate(scales):
        for x in ties(-int(bound[0, 0]), int(bound[0, 0]), m, s):
            wanted = min(max(requantize(x, m, s) + zero_point, activation[0]), activation[1])
            assert kernels_output(q, channel, x) == wanted, (x, m, s)


def test_the_cheapest_mode_is_taken() -> None:
    def mode(shift: int, zero_point: int, activation: tuple[int, int]) -> int:
        sums = Sums(np.array([[-(1 << 20)]]), np.array([[1 << 20]]))
        q = prove(sums, np.array([1_234_567_890]), np.array([shift]), zero_point, activation)
        assert isinstance(q, Requant)
        return q.mode

    assert mode(-8, -128, (-128, 127)) == RELU
    assert mode(-8, 5, (-128, 127)) == LINEAR
    assert mode(-3, 5, (-128, 127)) == EXACT
    assert mode(-8, 5, (5, 127)) == CLAMP


def test_a_channel_whose_multiplier_is_zero_keeps_the_others_fast() -> None:
    sums = Sums(np.array([[-9000], [0]]), np.array([[9000], [0]]))
    for multiplier, shift in ((0, 0), (1 << 30, -31)):
        multipliers, shifts = np.array([1_234_567_890, multiplier]), np.array([-7, shift])
        q = prove(sums, multipliers, shifts, -128, (-128, 127))
        assert isinstance(q, Requant)
        assert q.mode == RELU


def test_sums_that_never_fit_are_refused() -> None:
    huge = Sums(np.array([[0]]), np.array([[1 << 30]]))
    answer = prove(huge, np.array([1 << 30]), np.array([-9]), 0, (-128, 127))
    assert isinstance(answer, str) and "bits" in answer


def test_bounds_are_reached() -> None:
    weights = np.array([[3, -5, 7]])
    sums = Sums.of(weights, np.array([11]), 4)
    values = [sum(w * (a - 4) for w, a in zip((3, -5, 7), x)) + 11  # noqa: B905
              for x in np.ndindex(2, 2, 2) for x in [[127 if b else -128 for b in x]]]  # fmt: skip
    assert (sums.low[0, 0], sums.high[0, 0]) == (min(values), max(values))


def scaled_sum(words: np.ndarray, inputs: np.ndarray) -> int:
    """What the kernels' SMLADs make of one channel's words and its inputs."""
    wide = inputs.astype(np.int64)
    u = wide[0::2] - 127
    lanes = 256 * wide[1::2] - u
    assert np.abs(u).max() < 2**15 and lanes.min() >= -(2**15) and lanes.max() < 2**15
    low = words.astype(np.uint16).astype(np.uint8).view(np.int8).astype(np.int64)
    return int((lanes * low + u * words.astype(np.int64)).sum())


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 30), st.integers(1, 9), st.integers(0, 99), st.sampled_from([-128, 0, 127]))
def test_packed_weights_and_bias_give_the_accumulator(
    inputs: int, outputs: int, seed: int, zero_point: int
) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.integers(-127, 128, (outputs, inputs)).astype(np.int8)
    values = rng.integers(-128, 128, inputs)
    layer = dense(
        filter=weights,
        bias=rng.integers(-999, 999, outputs).tolist(),
        multipliers=[1 << 30],
        shifts=[-7],
        input_zero_point=zero_point,
    )
    packed = pack_dense(layer)
    assert isinstance(packed, Packed)
    padded = np.pad(values, (0, -inputs % 4), constant_values=77)
    words = packed.filter.view("<i2")
    lanes = len(padded) // 2
    whole = outputs // 4 * 4
    quads = words[: whole * lanes].reshape(-1, lanes // 2, 4, 2).swapaxes(1, 2)
    rest = words[whole * lanes :].reshape(lanes // 2, outputs - whole, 2).swapaxes(0, 1)
    streams = [*quads.reshape(whole, lanes), *rest.reshape(outputs - whole, lanes)]
    for o, stream in enumerate(streams):
        acc = int((weights[o].astype(np.int64) * (values - zero_point)).sum()) + layer.bias[o]
        assert scaled_sum(stream, padded) + int(packed.bias[o]) == acc << SCALE_BITS


def test_minus_128_is_refused_only_where_it_does_not_fit() -> None:
    fits = dense(filter=np.array([[-128, 5, -7, -128]], np.int8), bias=[0])
    assert isinstance(pack_dense(fits), Packed)
    refused = pack_dense(dense(filter=np.array([[-128, -1]], np.int8), bias=[0]))
    assert refused == "a weight of -128 comes before a negative one"


@pytest.mark.parametrize(
    ("layer", "kernel"),
    [
        (conv((5, 5, 8), (1, 1), pad=(0, 0)), "td_conv_1x1_packed_s8"),
        (conv((6, 6, 8), (1, 1), pad=(0, 0), stride=(2, 2), output=(3, 3, 8)),
         "td_conv_2d_packed_s8"),
        (conv((6, 6, 8), (3, 3)), "td_conv_2d_packed_s8"),
        (conv((6, 6, 3), (3, 3)), "td_conv_2d_rows_packed_s8"),
        (conv((4, 4, 3), (4, 4), pad=(0, 0), output=(1, 1, 8)), "td_fully_connected_packed_s8"),
        (conv((1, 3, 8), (1, 1), pad=(0, 0)), "td_fully_connected_packed_s8"),
        (one_output(), "td_conv_2d_one_packed_s8"),
        (in_groups(2, 12), "td_conv_2d_groups_packed_s8"),
    ],
)  # fmt: skip
def test_kernel_and_parameters_in_the_structs_order(layer: Convolution, kernel: str) -> None:
    packed = pack_convolution(layer)
    assert isinstance(packed, Packed)
    assert packed.kernel == kernel
    header = (KERNELS / f"{kernel}.h").read_text()
    struct = re.search(rf"typedef struct \{{(.*?)\}} {kernel}_params;", header, re.DOTALL)
    assert struct is not None
    members = re.findall(r"(\w+);", re.sub(r"/\*.*?\*/", "", struct[1], flags=re.DOTALL))
    assert [name for name, _ in packed.params] == members


@pytest.mark.parametrize(
    "layer", [conv((6, 6, 8), (3, 3)), conv((6, 6, 3), (3, 3)), one_output(), in_groups(2, 12)]
)
def test_sources_are_all_that_is_included(layer: Convolution) -> None:
    packed = pack_convolution(layer)
    assert isinstance(packed, Packed)
    names = {source.removeprefix("kernels/") for source in packed.sources}
    for name in names:
        text = (KERNELS / name).read_text()
        assert set(re.findall(r'#include "(\w+\.h)"', text)) <= names, name


def distance(layer: Convolution) -> int:
    """How far the input must lie above the output's start when pixels ascend."""
    packed = pack_convolution(layer)
    assert isinstance(packed, Packed)
    size = int(np.prod(layer.input))
    written = [step.written for step in packed.steps]
    assert [low for low, _ in written] == [0, *(high for _, high in written[:-1])]
    assert written[-1][1] == int(np.prod(layer.output))
    return max(s.written[1] - s.needed[0] for s in packed.steps if s.needed[0] < size)


def test_pointwise_runs_in_place_when_it_does_not_widen() -> None:
    assert distance(conv((5, 5, 8), (1, 1), pad=(0, 0))) <= 0
    assert distance(conv((5, 5, 4), (1, 1), pad=(0, 0))) == 8 * 24 - 4 * 24


def test_a_window_needs_its_rows_above_only() -> None:
    # Three pixels of the block and the row and the pixel above and before the next window.
    assert distance(conv((8, 8, 8), (3, 3))) == (8 + 1) * 8
    # Rows are copied: the output may overwrite all that its window has reached.
    assert distance(conv((8, 8, 7), (3, 3))) <= 8 * 8 * 8 - 8 * 8 * 7


def test_long_sums_are_taken_in_parts_that_fit() -> None:
    weights = np.full((4, 2400), 127, np.int8)
    packed = pack_dense(dense(filter=weights, bias=[0] * 4, shifts=[-13], multipliers=[1 << 30]))
    assert isinstance(packed, Packed)
    params = dict(packed.params)
    groups, shift = params["part_groups"], params["part_shift"]
    assert isinstance(groups, int) and isinstance(shift, int)
    assert 0 < groups * 2 * 127 * (128 + 255) < 2 ** (31 - SCALE_BITS)
    assert 127 * 2400 * 255 << (SCALE_BITS - shift) < 2**31


def test_multipliers_of_scales_take_less() -> None:
    scales = np.linspace(2**-8, 2**-7, 8).astype(np.float32).astype(float).tolist()
    multipliers, shifts = quantize_multipliers([0.75 * scale for scale in scales])
    layer = conv((8, 8, 8), (1, 1), pad=(0, 0), multipliers=multipliers, shifts=shifts)
    plain = pack_convolution(layer)
    short = pack_convolution(replace(layer, scales=scales, ratio=0.75))
    other = pack_convolution(replace(layer, scales=scales, ratio=0.76))
    assert isinstance(plain, Packed) and isinstance(short, Packed) and isinstance(other, Packed)
    assert [p.bias.nbytes for p in (plain, short, other)] == [16, 6 + 8 * 5, 16]
    assert short.scratch_bytes == plain.scratch_bytes + 4 * 8


def test_plain_biases_only_where_they_pay() -> None:
    small = pack_convolution(conv((8, 8, 8), (1, 1), pad=(0, 0)))
    few = pack_convolution(conv((2, 2, 8), (1, 1), pad=(0, 0)))
    large = pack_convolution(conv((8, 8, 8), (1, 1), pad=(0, 0), bias=[40_000] * 8))
    assert isinstance(small, Packed) and isinstance(few, Packed) and isinstance(large, Packed)
    assert [p.bias.dtype for p in (small, few, large)] == [np.int16, np.int32, np.int32]
