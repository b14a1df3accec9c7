"""ADD and SUB of int8 tensors as one linear form, where it gives all of the reference's results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHIFT = 21  # td_add_linear_s8
_FAR = 1 << 40  # beyond any sum: no bound


@dataclass(frozen=True)
class Sum:
    """What td_add_s8 computes: `sign` is that of the second input; offsets are minus the zero
    points."""

    offsets: tuple[int, int]
    multipliers: tuple[int, int]
    shifts: tuple[int, int]
    sign: int
    output_multiplier: int
    output_shift: int
    output_offset: int


@dataclass(frozen=True)
class Linear:
    """Parameters of td_add_linear_s8."""

    multipliers: tuple[int, int]
    offset: int


def linear(layer: Sum) -> Linear | None:
    """The linear form that equals `layer` for all pairs of inputs, or None when none was found.

    For slopes near the real ones, each pair of inputs bounds the offset from below and above;
    whether an offset meets all 65,536 pairs of bounds is then two extrema.
    """
    values = np.arange(-128, 128, dtype=np.int64)
    first, second = (
        _requantize((values + offset) << 20, multiplier, shift)
        for offset, multiplier, shift in zip(
            layer.offsets, layer.multipliers, layer.shifts, strict=True
        )
    )
    total = first[:, None] + layer.sign * second[None, :]
    raw = _requantize(total, layer.output_multiplier, layer.output_shift) + layer.output_offset
    output = np.clip(raw, -128, 127)
    least = np.where(output > -128, output << SHIFT, -_FAR)
    below = np.where(output < 127, (output + 1) << SHIFT, _FAR)
    scale = layer.output_multiplier * 2.0 ** (layer.output_shift - 31 + 20 + SHIFT)
    slopes = [
        scale * multiplier * 2.0 ** (shift - 31) * sign
        for multiplier, shift, sign in zip(
            layer.multipliers, layer.shifts, (1, layer.sign), strict=True
        )
    ]
    for a in _near(slopes[0]):
        for b in _near(slopes[1]):
            sums = (values * a)[:, None] + (values * b)[None, :]
            lowest, highest = int((least - sums).max()), int((below - sums).min()) - 1
            offset = (lowest + highest) // 2
            if lowest <= highest and 128 * (abs(a) + abs(b)) + abs(offset) < 1 << 31:
                return Linear((a, b), offset)
    return None


def _near(slope: float) -> tuple[int, ...]:
    nearest = round(slope)
    return (nearest, nearest + 1, nearest - 1, nearest + 2, nearest - 2)


def _requantize(x: NDArray[np.int64], multiplier: int, shift: int) -> NDArray[np.int64]:
    """fixedpoint.requantize for arrays and shifts <= 0."""
    high = (x * multiplier + (1 << 30)) >> 31
    if shift == 0:
        return high
    return (high - (high < 0) + (1 << (-shift - 1))) >> -shift
