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
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Int64 = NDArray[np.int64]
    Bool = NDArray[np.bool_]

RELU, LINEAR, EXACT, CLAMP, ANY = range(5)  # td_packed_mode
_COMMON_SHIFT = 12  # of the modes RELU and LINEAR
_LARGEST_SHIFT = 22  # beyond, Ra and the product together may leave 32 bits
_NEAR = (30, 28, 26, 24, 22, 20, 18, 16, 14)  # tried: M, then M +- M / 2**n
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
    modes: tuple[int, ...] = (RELU, LINEAR, EXACT, CLAMP, ANY),
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
    # A multiplier of 0 comes with a shift of 0, but goes with any.
    shift = np.where(multiplier == 0, shift.min(), shift)
    columns = multiplier[:, None], shift[:, None]
    outputs = np.arange(activation[0] + 1, activation[1] + 1)[None, :]
    steps = _first_reaching(outputs - zero_point, sums, *columns)
    full = activation == (-128, 127)
    common = full and scale == SCALE_BITS and int(shift.max()) <= 7 - _COMMON_SHIFT
    for mode in sorted({RELU, LINEAR} & set(modes)) if common else ():
        forms = _forms(_common_form(columns[1], zero_point, mode), *columns)
        chosen = _first_exact(forms, outputs, steps, sums)
        if chosen is not None:
            round_ = (2 * zero_point + 1) << (_COMMON_SHIFT - 1)
            return Requant(mode, _single(chosen), None, round_, 0, activation, scale)
    half = 1 << (scale - 2) if int(shift.max()) < 0 else 0
    form = _exact_form(columns[1], zero_point, scale, half)
    chosen = _first_exact(_forms(form, *columns), outputs, steps, sums)
    if chosen is None:
        return "no requantization in one multiplication is exact"
    values = np.concatenate([chosen, form.shift], axis=1)
    values = values[:1] if (values == values[0]).all() else values
    mode = ANY if half != 64 else EXACT if full else CLAMP
    return Requant(mode, values[:, 0], values[:, 1], 2 * zero_point + 1, half, activation, scale)


def reference(x: Int64, multiplier: Int64, shift: Int64) -> Int64:
    """TensorFlow Lite's MultiplyByQuantizedMultiplier, for products that fit."""
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    high = ((x << left) * multiplier + (1 << 30)) >> 31
    half = (np.int64(1) << np.minimum(right, 62)) >> 1
    rounded: Int64 = np.where(high < 0, -((half - high) >> right), (high + half) >> right)
    return rounded


@dataclass(frozen=True, eq=False)
class _Form:
    """A requantization; `multiplier` and `shift` are columns, a row for each channel. `half` is
    None when it follows from the multiplier; `fixed` tells whether negative sums are corrected."""

    multiplier: Int64
    shift: Int64
    zero_point: int
    half: int | None
    fixed: bool
    scale_bits: int

    def with_multiplier(self, multiplier: Int64) -> _Form:
        """The same with these multipliers."""
        return replace(self, multiplier=multiplier)

    def output(self, x: Int64) -> Int64:
        """What the kernels compute from the accumulators `x`, before the clamp."""
        leading_zeros = 31 - np.floor(np.log2(self.multiplier)).astype(np.int64)
        half = 128 >> leading_zeros if self.half is None else np.full_like(self.shift, self.half)
        total = half + ((2 * self.zero_point + 1) << (self.shift - 1))
        total = total + (((x << self.scale_bits) * self.multiplier) >> 32)
        if self.fixed:
            total = total - np.where(x < 0, 2 * half, 0)
        shifted: Int64 = total >> self.shift
        return shifted

    def equals(self, outputs: Int64, steps: Int64, sums: Sums) -> Bool:
        """For each channel, whether accumulators reach `outputs` just at `steps`."""
        at = (steps > sums.high) | (self.output(np.minimum(steps, sums.high)) >= outputs)
        before = (steps <= sums.low) | (self.output(np.maximum(steps - 1, sums.low)) < outputs)
        exact: Bool = np.all(at & before, axis=1, keepdims=True)
        return exact


def _forms(form: _Form, multiplier: Int64, shift: Int64) -> Iterator[_Form]:
    """`form` with the multipliers that its shifts ask for, which may lack low bits, and others
    nearby."""
    dropped = np.clip(form.scale_bits - 1 - shift - form.shift, 0, 62)
    for near in (np.int64(0), *(sign * (multiplier >> n) for n in _NEAR for sign in (1, -1))):
        yield form.with_multiplier(np.clip((multiplier + near) >> dropped, 1, 2**31 - 1))


def _first_exact(forms: Iterator[_Form], outputs: Int64, steps: Int64, sums: Sums) -> Int64 | None:
    """For each channel the first multiplier that is exact, or None when one has none."""
    chosen = np.zeros_like(sums.low)
    for form in forms:
        exact = form.equals(outputs, steps, sums) & (chosen == 0)
        chosen = np.where(exact, form.multiplier, chosen)
        if chosen.all():
            return chosen
    return None


def _common_form(shift: Int64, zero_point: int, mode: int) -> _Form:
    """With a common shift; how much is rounded follows from the multiplier."""
    return _Form(
        multiplier=np.zeros_like(shift),
        shift=np.full_like(shift, _COMMON_SHIFT),
        zero_point=zero_point,
        half=None,
        fixed=mode == LINEAR,
        scale_bits=SCALE_BITS,
    )


def _exact_form(shift: Int64, zero_point: int, scale: int, half: int) -> _Form:
    """That follows the reference step by step, with a shift for each channel."""
    return _Form(
        multiplier=np.zeros_like(shift),
        shift=np.clip(scale - 1 - shift, 1, _LARGEST_SHIFT),
        zero_point=zero_point,
        half=half,
        fixed=True,
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
