"""Filters of the fast kernels with int16 activations: for CPUs with DSP instructions, and sums that
are proven to fit 32 bits.

With such sums, TensorFlow Lite's `(x * m + 2**(s - 1)) >> s` of a 64-bit product is the rounded
high word of x times `m << (32 - s)`, one instruction; beyond s = 32 it takes another shift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.graph import Const, Param
from tinydeploy.ops.int16.sums import wide

if TYPE_CHECKING:
    from tinydeploy.graph import Array

_ALL, _RELU, ANY, _RELU_N = range(4)  # td_pairs_mode
_LOW, _HIGH = -(2**15), 2**15 - 1
_LEAST_SHIFT = 16  # below, the multiplier has more than 31 bits
_GROUP = 4  # inputs


@dataclass(frozen=True)
class Finish:
    """How sums become outputs: a multiplier and a shift for each channel, and the clamp."""

    multiplier: tuple[int, ...]
    shift: tuple[int, ...]
    activation: tuple[int, int]

    def mode(self, channels: int) -> int:
        """The cheapest td_pairs_mode that does it."""
        low, high = self.activation
        if any(self.shift) or channels % 2 or low not in (_LOW, 0):
            return ANY
        if low == 0:
            return _RELU if high == _HIGH else _RELU_N
        return _ALL if high == _HIGH else ANY

    def params(self, count: int) -> dict[str, Param]:
        """Clamp, multipliers and shifts as kernel parameters, filled up to `count`."""
        multiplier, shift = (
            np.resize(np.array(values, dtype), max(count, len(values)))
            for values, dtype in ((self.multiplier, np.int32), (self.shift, np.int8))
        )
        return {
            "activation_min": self.activation[0],
            "activation_max": self.activation[1],
            "multiplier": Const("multiplier", multiplier),
            "shift": Const("shift", shift) if any(self.shift) else 0,
        }


def finish(reals: Sequence[float], activation: tuple[int, int]) -> Finish | str:
    """The cheap way to scale sums by `reals`, or why there is none."""
    pairs = [wide(real) for real in reals]
    if min(shift for _, shift in pairs) < _LEAST_SHIFT:
        return "a multiplier is a half or more"
    return Finish(
        multiplier=tuple(multiplier << max(32 - shift, 0) for multiplier, shift in pairs),
        shift=tuple(max(shift - 32, 0) for _, shift in pairs),
        activation=activation,
    )


def refuse_sums(weights: Array, bias: Array) -> str:
    """Why the sums of `weights` [outputs, inputs] may leave 32 bits; empty when they do not."""
    wide_weights, wide_bias = weights.astype(np.int64), bias.astype(np.int64)
    positive = np.maximum(wide_weights, 0).sum(axis=1)
    negative = np.minimum(wide_weights, 0).sum(axis=1)
    lowest = wide_bias + positive * _LOW + negative * _HIGH
    highest = wide_bias + positive * _HIGH + negative * _LOW
    fits = np.abs(wide_bias).max() < 2**31 and lowest.min() >= -(2**31) and highest.max() < 2**31
    return "" if fits else "a sum may leave 32 bits"


def blocks(weights: Array, size: int, fill: bool) -> Array:
    """Words of `weights` [outputs, inputs], `size` outputs side by side, group by group; the rest
    of the outputs filled up with zeros, or else one by one."""
    outputs, inputs = weights.shape
    rest = -outputs % size if fill else 0
    padded = np.pad(weights.astype(np.int8), ((0, rest), (0, -inputs % _GROUP)))
    words = padded.reshape(len(padded), -1, _GROUP)[:, :, [0, 2, 1, 3]]
    whole = len(words) // size * size
    together = words[:whole].reshape(-1, size, *words.shape[1:]).swapaxes(1, 2)
    stream: Array = np.concatenate([together.reshape(-1), words[whole:].reshape(-1)])
    return stream
