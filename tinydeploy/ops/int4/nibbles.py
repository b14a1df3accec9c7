"""How filters of 4-bit weights lie in flash: two a byte, in the order that the kernels' inner loops
take them; the formats are told in `firmware/kernels/td_nibbles.h`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tinydeploy.graph import Array

GROUP = 8  # weights of four bytes
_SCALE = 16  # of the fast kernels' sums


def pack(weights: Array) -> Array:
    """[outputs, groups, 4] bytes of `weights` [outputs, inputs], the inputs filled up with zeros:
    weight j of a group of eight in the high half of byte j, weight j + 4, plus 8, in its low
    half."""
    padded = np.pad(weights.astype(np.int16), ((0, 0), (0, -weights.shape[1] % GROUP)))
    high, low = padded.reshape(len(weights), -1, 2, GROUP // 2).swapaxes(0, 2).swapaxes(1, 2)
    return np.asarray(16 * high + low + 8, np.int8)


def blocks(weights: Array, size: int, fill: bool) -> Array:
    """`pack`, with `size` outputs side by side, group by group; the rest of the outputs filled up
    with zeros, or else one by one."""
    rest = -len(weights) % size if fill else 0
    words = pack(np.pad(weights, ((0, rest), (0, 0))))
    whole = len(words) // size * size
    together = words[:whole].reshape(-1, size, *words.shape[1:]).swapaxes(1, 2)
    stream: Array = np.concatenate([together.reshape(-1), words[whole:].reshape(-1)])
    return stream


def pairs(weights: Array) -> Array:
    """Two successive weights a byte, the first in the low half, in two's complement."""
    flat = weights.reshape(-1).astype(np.uint8) & 15
    flat = np.pad(flat, (0, len(flat) % 2))
    packed: Array = (flat[0::2] | flat[1::2] << 4).view(np.int8)
    return packed


def folded_bias(weights: Array, bias: Array, zero_point: int) -> Array:
    """bias - zero_point * the sums of `weights` [outputs, inputs], modulo 2**32."""
    sums = weights.astype(np.int64).sum(axis=1)
    folded: Array = (bias.astype(np.int64) - zero_point * sums).astype(np.int32)
    return folded


def refuse_fast(weights: Array, bias: Array, zero_point: int) -> str:
    """Why the fast kernels cannot take `weights` [outputs, inputs]; empty when they can."""
    wide = np.abs(weights.astype(np.int64)).sum(axis=1)
    # A sum, what is folded into the bias, and what the lanes add before it is taken off again.
    lanes = 2 * (8 + 7) * 128 * weights.shape[1]
    reach = np.abs(bias.astype(np.int64)) + (128 + abs(zero_point)) * wide + lanes
    return "" if reach.max() * _SCALE < 2**31 else "a sum may leave 32 bits"
