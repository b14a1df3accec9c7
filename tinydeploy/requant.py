"""Proof that a two- to five-instruction requantization equals TensorFlow Lite's, layer by layer.

The reference rounds twice: `t = round(x * M / 2**31)`, then `round(t / 2**e)` with ties away from
zero. The packed kernels compute

    clamp((Ra + floor(256 * x * m / 2**32) - (2 * half if x < 0)) >> shift)

with `Ra = half + 2**(shift - 1) + (zero_point << shift)`. Both are monotone in the accumulator x.
So they are equal for every x between two bounds if, for each output value, they reach it at the
same x. That is what `prove` checks, channel by channel; it trusts no theory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Int64 = NDArray[np.int64]
    Bool = NDArray[np.bool_]

RELU, LINEAR, EXACT, CLAMP = range(4)  # td_packed_mode
_COMMON_SHIFT = 12  # of the modes RELU and LINEAR
_LARGEST_SHIFT = 20
SCALE_BITS = 8  # the kernels' sums are scaled by 2**8, or less when taken in parts
_LEAST_SCALE_BITS = 2


@dataclass(frozen=True, eq=False)
class Sums:
    """Lowest and highest accumulator of each channel, bias included; columns."""

    low: Int64
    high: Int64

    @classmethod
    def of(cls, weights: Int64, bias: Int64, zero_point: int) -> Sums:
        """The bounds for `weights` [channels, inputs] over all int8 inputs."""
        positive = np.maximum(weights, 0).sum(axis=1)
        negative = np.minimum(weights, 0).sum(axis=1)
        low, high = -128 - zero_point, 127 - zero_point
        lowest = positive * low + negative * high + bias
        highest = positive * high + negative * low + bias
        return cls(lowest[:, None], highest[:, None])


@dataclass(frozen=True, eq=False)
class Requant:
    """What the kernels need, in the names of `td_packed_requant`. `multiplier` and `shift` have one
    value, or one for each channel; `shift` is None in the modes with a common one."""

    mode: int
    multiplier: Int64
    shift: Int64 | None
    round: int
    half: int
    activation: tuple[int, int]
    scale_bits: int


def scale_bits(sums: Sums) -> int:
    """The largest scale, 2**bits, with which all sums fit 32 bits; negative when even 1 is too
    much."""
    largest = max(-int(sums.low.min()), int(sums.high.max()))
    return min(31 - largest.bit_length(), SCALE_BITS)


def prove(
    sums: Sums,
    multiplier: Int64,
    shift: Int64,
    zero_point: int,
    activation: tuple[int, int],
    modes: tuple[int, ...] = (RELU, LINEAR, EXACT, CLAMP),
) -> Requant | str:
    """The cheapest requantization in one of `modes` that is exact for all accumulators, or why
    there is none.

    `multiplier` and `shift` are TensorFlow Lite's, a value for each channel.
    """
    scale = scale_bits(sums)
    if scale < _LEAST_SCALE_BITS:
        return f"a sum may leave {32 - _LEAST_SCALE_BITS} bits"
    if int(shift.max()) > scale - 2:
        return f"a multiplier is {1 << (scale - 2)} or more"
    multipliers, shifts = multiplier[:, None], shift[:, None]
    outputs = np.arange(activation[0] + 1, activation[1] + 1)[None, :]
    steps = _first_reaching(outputs - zero_point, sums, multipliers, shifts)
    common = scale == SCALE_BITS and int(shift.max()) <= 7 - _COMMON_SHIFT
    if activation == (-128, 127) and common:
        for mode in sorted({RELU, LINEAR} & set(modes)):
            chosen = np.zeros_like(multipliers)
            for form in _common_forms(mode, multipliers, shifts, zero_point):
                exact = form.equals(outputs, steps, sums) & (chosen == 0)
                chosen = np.where(exact, form.multiplier, chosen)
            if chosen.all():
                round_ = (2 * zero_point + 1) << (_COMMON_SHIFT - 1)
                return Requant(mode, _single(chosen), None, round_, 0, activation, scale)
    form = _exact_form(multipliers, shifts, zero_point, scale)
    if not form.equals(outputs, steps, sums).all():
        return "no requantization in one multiplication is exact"
    return Requant(
        mode=EXACT if activation == (-128, 127) and form.fix.max() == 128 else CLAMP,
        multiplier=form.multiplier[:, 0] if _varies(form) else form.multiplier[0, :1],
        shift=form.shift[:, 0] if _varies(form) else form.shift[0, :1],
        round=2 * zero_point + 1,
        half=int(form.fix.max()) // 2,
        activation=activation,
        scale_bits=scale,
    )


def reference(x: Int64, multiplier: Int64, shift: Int64) -> Int64:
    """TensorFlow Lite's MultiplyByQuantizedMultiplier, for products that fit."""
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    high = ((x << left) * multiplier + (1 << 30)) >> 31
    half = (np.int64(1) << np.minimum(right, 62)) >> 1
    rounded: Int64 = np.where(high < 0, -((half - high) >> right), (high + half) >> right)
    return rounded


@dataclass(frozen=True, eq=False)
class _Form:
    """A requantization with all its constants: columns, a row for each channel."""

    multiplier: Int64
    shift: Int64
    round: Int64
    fix: Int64
    scale_bits: int

    def output(self, x: Int64) -> Int64:
        """What the kernels compute from the accumulators `x`, before the clamp."""
        high = ((x << self.scale_bits) * self.multiplier) >> 32
        shifted: Int64 = (self.round + high - np.where(x < 0, self.fix, 0)) >> self.shift
        return shifted

    def equals(self, outputs: Int64, steps: Int64, sums: Sums) -> Bool:
        """For each channel, whether accumulators reach `outputs` just at `steps`."""
        at = (steps > sums.high) | (self.output(np.minimum(steps, sums.high)) >= outputs)
        before = (steps <= sums.low) | (self.output(np.maximum(steps - 1, sums.low)) < outputs)
        exact: Bool = np.all(at & before, axis=1, keepdims=True)
        return exact


def _common_forms(mode: int, multiplier: Int64, shift: Int64, zero_point: int) -> Iterator[_Form]:
    """The form with a common shift; its multiplier may lose low bits in one way or another."""
    dropped = np.minimum(7 - shift - _COMMON_SHIFT, 62)
    for near in (0, 1, -1):
        rounded = np.clip((multiplier >> dropped) + near, 1, 2**31 - 1)
        half = 128 >> (31 - np.floor(np.log2(rounded)).astype(np.int64))
        yield _Form(
            multiplier=rounded,
            shift=np.full_like(shift, _COMMON_SHIFT),
            round=half + ((2 * zero_point + 1) << (_COMMON_SHIFT - 1)),
            fix=2 * half * (mode == LINEAR),
            scale_bits=SCALE_BITS,
        )


def _exact_form(multiplier: Int64, shift: Int64, zero_point: int, scale: int) -> _Form:
    """The form that follows the reference step by step, with a shift for each channel."""
    wanted = scale - 1 - shift
    own = np.clip(wanted, 1, _LARGEST_SHIFT)
    half = np.full_like(own, 1 << (scale - 2) if (shift < 0).all() else 0)
    return _Form(
        multiplier=np.maximum(multiplier >> np.clip(wanted - own, 0, 62), 1),
        shift=own,
        round=half + ((2 * zero_point + 1) << (own - 1)),
        fix=2 * half,
        scale_bits=scale,
    )


def _first_reaching(values: Int64, sums: Sums, multiplier: Int64, shift: Int64) -> Int64:
    """[channels, values]: the lowest accumulator whose reference reaches the value, or one more
    than the highest there is."""
    below = np.repeat(sums.low - 1, values.shape[1], axis=1)
    above = np.repeat(sums.high + 1, values.shape[1], axis=1)
    while (above - below > 1).any():
        middle = (below + above) >> 1
        reached = reference(middle, multiplier, shift) >= values
        inside = above - below > 1
        above = np.where(inside & reached, middle, above)
        below = np.where(inside & ~reached, middle, below)
    return above


def _single(column: Int64) -> Int64:
    return column[:1, 0] if (column == column[0]).all() else column[:, 0]


def _varies(form: _Form) -> bool:
    return len(_single(form.multiplier)) > 1 or len(_single(form.shift)) > 1
