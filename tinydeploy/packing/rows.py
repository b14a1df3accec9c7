"""Filters of the packed convolutions that copy input rows: few inputs, one output, or groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.arena import Step, forward
from tinydeploy.packing.format import (
    Convolution,
    Packed,
    blocks,
    folded_bias,
    paired,
    proven,
    requant_params,
    sources,
    window_params,
    word_count,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Int8 = NDArray[np.int8]

BLOCK = 4  # pixels that the kernels take at a time
_LARGEST_ROW = 2**15 - 1  # bytes, in the kernels' parameters


def pixel_blocks(count: int) -> list[tuple[int, int]]:
    """The (first, last + 1) of each block in which the kernels take `count` pixels."""
    whole, rest = divmod(count, BLOCK)
    sizes = [BLOCK] * whole + [2] * (rest // 2) + [1] * (rest % 2)
    stops = list(accumulate(sizes))
    return [(stop - size, stop) for stop, size in zip(stops, sizes, strict=True)]


def ring(conv: Convolution) -> dict[str, int] | str:
    """How many rows a window reaches, and what a padded one takes; or that this is too much."""
    row_bytes = -(-conv.reach(1) * conv.input[2] // 4) * 4
    if row_bytes > _LARGEST_ROW:
        return f"a row of {row_bytes} bytes"
    rows = (conv.filter.shape[1] - 1) * conv.dilation[0] + 1
    return {"ring_rows": rows, "row_bytes": row_bytes}


def ring_steps(conv: Convolution, across_rows: bool) -> tuple[Step, ...]:
    """A step for each block of pixels: the rows of its windows have been copied when it is written.
    When blocks do not go `across_rows`, a pixel may be written as soon as its own rows have."""
    if conv.batches > 1:
        return ()
    rows, row_bytes = conv.input[0], conv.input[1] * conv.input[2]
    reach = (conv.filter.shape[1] - 1) * conv.dilation[0] + 1 - conv.pad[0]
    fronts = []
    for start, stop in pixel_blocks(conv.output[0] * conv.output[1]):
        pixel = stop - 1 if across_rows else start
        copied = pixel // conv.output[1] * conv.stride[0] + reach
        fronts.append((min(max(copied, 0), rows) * row_bytes, stop * conv.output[2]))
    return forward(fronts, rows * row_bytes)


def runs_of(conv: Convolution) -> int:
    """Runs of inputs that lie together, in a window."""
    height, width = conv.filter.shape[1:3]
    return int(height) if conv.dilation[1] == 1 else int(height * width)


def with_rests(weights: Int8) -> tuple[Int8, int]:
    """[outputs, runs, inputs] as [outputs, all]: of each run what fills groups of four, then what
    is left of each run; and the bytes of the latter, filled up to a multiple of four."""
    outputs, runs, inputs = weights.shape
    body = inputs // 4 * 4
    parts = (weights[:, :, :body], weights[:, :, body:])
    rows = np.concatenate([part.reshape(outputs, -1) for part in parts], axis=1)
    return rows, -(-(inputs - body) * runs // 4) * 4


def pack_one(conv: Convolution) -> Packed | str:
    """A call of td_conv_2d_one_packed_s8, or why there is none."""
    conv = conv.as_one_row() if conv.pointwise else conv
    runs = conv.filter.reshape(runs_of(conv), -1)
    words = word_count(runs)
    padded = np.pad(runs, ((0, 0), (0, 4 * words - runs.shape[1])))
    rows = padded.reshape(1, -1)
    requant = proven(rows, conv)
    if isinstance(requant, str):
        return requant
    walk = _one_walk(conv, words)
    scratch_bytes = walk["ring_rows"] * walk["row_bytes"] + walk["slack"] + 4
    window = window_params(conv)
    values = requant_params(requant, np.zeros(1, np.int64), padded)
    del window["output_channels"], values["mode"]  # all are the same to this kernel
    steps = ring_steps(conv, across_rows=False) if walk["ring_rows"] else _direct_steps(conv)
    return Packed(
        kernel="td_conv_2d_one_packed_s8",
        params=(
            *window.items(),
            ("words", words),
            *walk.items(),
            ("input_zero_point", conv.input_zero_point),
            *values.items(),
        ),
        filter=blocks(rows, 1),
        bias=folded_bias(rows, conv, requant),
        scratch_bytes=-(-scratch_bytes // 4) * 4,
        steps=steps,
        sources=sources("td_conv_2d_one_packed_s8", "td_packed_dot", "td_packed_rows"),
    )


def _one_walk(conv: Convolution, words: int) -> dict[str, int]:
    """Where the kernel reads: a ring of rows, or the input itself where it has all of each window,
    which is one row of it."""
    (height, width), depth = conv.filter.shape[1:3], conv.input[2]
    stride = conv.stride[1] * depth
    inside = conv.pad == (0, 0) and conv.reach(1) <= conv.input[1]
    if height == 1 and inside and conv.output[1] >= BLOCK:
        further = 0 if conv.dilation[1] == 1 else (width - 1) * conv.dilation[1] * depth
        slack = (BLOCK - 1) * stride + further + 4 * words
        return {"ring_rows": 0, "row_bytes": conv.input[1] * depth, "slack": slack}
    return {
        "ring_rows": (height - 1) * conv.dilation[0] + 1,
        "row_bytes": -(-conv.reach(1) * depth // 4) * 4,
        "slack": max(BLOCK - conv.output[1], 0) * stride,
    }


def _direct_steps(conv: Convolution) -> tuple[Step, ...]:
    """Without a ring: the last pixels of a row are read with those before, which may be written."""
    if conv.batches > 1:
        return ()
    again = BLOCK - 1
    fronts = []
    for start, stop in pixel_blocks(conv.output[0] * conv.output[1]):
        y, x = divmod(max(start + 1 - again, 0), conv.output[1])
        first = (y * conv.stride[0] * conv.input[1] + x * conv.stride[1]) * conv.input[2]
        fronts.append((first, stop * conv.output[2]))
    return forward(fronts, conv.input[0] * conv.input[1] * conv.input[2])


def pack_groups(conv: Convolution) -> Packed | str:
    """A call of td_conv_2d_groups_packed_s8, with as many groups together as is cheapest, or why
    there is none."""
    together = min(_divisors(conv.groups), key=lambda count: _groups_cost(conv, count))
    conv = merged(conv, together)
    outputs, inputs = conv.filter.shape[0], conv.filter.shape[3]
    each = outputs // conv.groups
    rows, rest_bytes = with_rests(conv.filter.reshape(outputs, -1, inputs))
    requant = proven(rows, conv)
    walk = ring(conv)
    if isinstance(requant, str) or isinstance(walk, str):
        return requant if isinstance(requant, str) else str(walk)
    pairs = (np.arange(conv.groups)[:, None] * each + paired(each)).reshape(-1)
    words = word_count(rows)
    ring_bytes = walk["ring_rows"] * walk["row_bytes"]
    return Packed(
        kernel="td_conv_2d_groups_packed_s8",
        params=(
            *window_params(conv).items(),
            ("groups", conv.groups),
            ("group_inputs", inputs),
            ("group_outputs", each),
            *walk.items(),
            ("rest_bytes", rest_bytes),
            ("words", words),
            ("input_zero_point", conv.input_zero_point),
            *requant_params(requant, pairs, rows).items(),
        ),
        filter=blocks(rows[pairs], 2),
        bias=folded_bias(rows, conv, requant)[pairs],
        scratch_bytes=8 * BLOCK * words + BLOCK * (rest_bytes + 4) + ring_bytes + 4,
        steps=ring_steps(conv, across_rows=False),
        sources=sources(
            "td_conv_2d_groups_packed_s8",
            "td_packed_block_s8",
            "td_packed_finish_s8",
            "td_packed_gather",
            "td_packed_rows",
            "td_packed_widen",
            "td_packed_widen_4_s8",
        ),
    )


def merged(conv: Convolution, together: int) -> Convolution:
    """The same layer with `together` groups as one, whose filter is 0 where they do not meet."""
    outputs, height, width, inputs = conv.filter.shape
    each = outputs // conv.groups
    wide = np.zeros((outputs, height, width, together, inputs), np.int8)
    for channel in range(outputs):
        wide[channel, :, :, channel // each % together] = conv.filter[channel]
    return replace(conv, filter=wide.reshape(outputs, height, width, together * inputs))


def _divisors(count: int) -> Sequence[int]:
    return [n for n in range(1, count + 1) if count % n == 0]


def _groups_cost(conv: Convolution, together: int) -> float:
    """About how many instructions four pixels take, with so many groups as one."""
    outputs, height, width, inputs = conv.filter.shape
    each = outputs // conv.groups * together
    if each == 1:
        return float("inf")  # the kernel takes pairs
    taps, depth = height * width, together * inputs
    words = taps * (depth // 4) + -(-taps * (depth % 4) // 4)
    widened = 22 * words + (30 if depth % 4 else 15) * taps
    pairs = -(-each // 2)
    return float(conv.groups // together * (widened + 100 + pairs * (23 * words + 55)))
