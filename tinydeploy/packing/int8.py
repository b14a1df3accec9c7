"""Filters of the fast int8 kernels: packed weights, biases and requantization, proven exact.

`pack_convolution` and `pack_dense` answer with all that a call of a packed kernel needs, or with
the reason why the layer must take the portable kernel. The formats are told in
`firmware/kernels/td_packed.h`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.arena import Step, at_once, forward, pixels
from tinydeploy.fixedpoint import (
    fits_scaled,
    scale_fraction,
    scale_ratio,
    scaled_multiplier,
    scaled_record,
)
from tinydeploy.packing.format import (
    Convolution,
    Dense,
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
from tinydeploy.packing.rows import (
    BLOCK,
    pack_groups,
    pack_one,
    pixel_blocks,
    ring,
    ring_steps,
    runs_of,
    with_rests,
)
from tinydeploy.requant import SCALE_BITS, Requant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tinydeploy.graph import Param

    Int8 = NDArray[np.int8]
    Int64 = NDArray[np.int64]

__all__ = ["Convolution", "Dense", "Packed", "pack_convolution", "pack_dense", "simplified"]

_PLAIN_BIAS_INPUTS = 160  # below this many inputs, two bytes a bias are more than 1 % of the layer
_PLAIN_BIAS_PIXELS = 32  # from this many pixels on, folding the bias at run time costs below 4 %


def pack_convolution(conv: Convolution) -> Packed | str:
    """The fast kernel's call for this convolution, or why there is none."""
    conv = simplified(conv)
    outputs = conv.filter.shape[0]
    if conv.groups > 1:
        return pack_groups(conv)
    if conv.whole or (conv.pointwise and conv.pixels < BLOCK):
        return pack_dense(conv.as_dense())
    if outputs == 1:
        return pack_one(conv)
    shape = _shape(conv)
    if isinstance(shape, str):
        return shape
    requant = proven(shape.rows, conv)
    if isinstance(requant, str):
        return requant
    bias, plain = _bias(shape.rows, conv, requant)
    pairs = paired(outputs)
    records = _records(conv, requant, pairs) if plain else None
    params = requant_params(requant, pairs, shape.rows)
    if records is not None:
        params["multiplier"] = 0
    return Packed(
        kernel=shape.kernel,
        params=(
            *shape.params.items(),
            ("input_zero_point", conv.input_zero_point),
            ("plain_bias", int(plain)),
            *params.items(),
        ),
        filter=blocks(shape.rows[pairs], 2),
        bias=bias[pairs] if records is None else records,
        scratch_bytes=4 * len(pairs) * (plain + (records is not None))
        + 8 * BLOCK * word_count(shape.rows)
        + shape.scratch_bytes,
        steps=shape.steps,
        sources=sources(
            shape.kernel,
            "td_packed_block_s8",
            "td_packed_finish_s8",
            "td_packed_fold_s8",
            "td_packed_widen",
            "td_packed_widen_4_s8",
            *shape.headers,
        ),
    )


def pack_dense(dense: Dense, direct: bool = False) -> Packed | str:
    """The fast kernel's call for this layer, or why there is none. `direct` takes no scratch, is
    slower, and has input and output apart."""
    outputs, inputs = dense.filter.shape
    requant = proven(dense.filter, dense)
    if isinstance(requant, str):
        return requant
    params: dict[str, Param] = {
        "batches": dense.batches,
        "input_size": inputs,
        "output_size": outputs,
        "per_channel": int(len(requant.multiplier) > 1),
        **requant_params(requant, np.arange(len(requant.multiplier)), dense.filter),
    }
    if direct:
        steps: tuple[Step, ...] = ()
    elif dense.batches == 1:
        # All inputs are in scratch before the first output is written.
        steps = at_once(inputs, outputs, hold="step")
    else:
        steps = pixels(dense.batches, inputs, outputs)
    kernel = "td_fully_connected_direct_s8" if direct else "td_fully_connected_packed_s8"
    headers = ("kernels/td_fully_connected_packed_s8.h",) if direct else ()
    return Packed(
        kernel=kernel,
        params=tuple(params.items()),
        filter=blocks(dense.filter, 4),
        bias=folded_bias(dense.filter, dense, requant),
        scratch_bytes=0 if direct else 8 * word_count(dense.filter),
        steps=steps,
        sources=(*sources(kernel, "td_packed_outputs" if direct else "td_packed_widen"), *headers),
    )


def simplified(conv: Convolution) -> Convolution:
    """The same layer without the taps that no output pixel has in the input, and lying down when it
    is one pixel wide, as the kernels go along rows."""
    for axis in (0, 1):
        conv = _cropped(conv, axis)
    if conv.input[1] == conv.output[1] == conv.filter.shape[2] == 1 and conv.pad[1] == 0:
        conv = replace(
            conv,
            input=(1, conv.input[0], conv.input[2]),
            output=(1, conv.output[0], conv.output[2]),
            filter=conv.filter.swapaxes(1, 2),
            stride=conv.stride[::-1],
            dilation=conv.dilation[::-1],
            pad=conv.pad[::-1],
        )
    return conv


def _cropped(conv: Convolution, axis: int) -> Convolution:
    taps, count = conv.filter.shape[1 + axis], conv.output[axis]
    stride, dilation, pad = conv.stride[axis], conv.dilation[axis], conv.pad[axis]
    at = np.arange(count)[:, None] * stride - pad + np.arange(taps) * dilation
    used = np.flatnonzero(((at >= 0) & (at < conv.input[axis])).any(axis=0))
    if used.size == 0:
        return conv
    first, last = min(int(used[0]), pad // dilation), int(used[-1])

    def changed(pair: tuple[int, int], value: int) -> tuple[int, int]:
        return (value, pair[1]) if axis == 0 else (pair[0], value)

    return replace(
        conv,
        filter=conv.filter.take(np.arange(first, last + 1), axis=1 + axis),
        pad=changed(conv.pad, pad - first * dilation),
        stride=changed(conv.stride, stride if count > 1 else 1),
        dilation=changed(conv.dilation, dilation if last > first else 1),
    )


@dataclass(frozen=True, eq=False)
class _Shape:
    """Which kernel walks the windows, and how. `rows` are the weights [outputs, inputs] in the
    order of its activation words; `scratch_bytes` is what it needs besides these and biases."""

    kernel: str
    rows: Int8
    params: dict[str, Param]
    steps: tuple[Step, ...]
    headers: tuple[str, ...] = ()
    scratch_bytes: int = 0


def _shape(conv: Convolution) -> _Shape | str:
    depth = conv.input[2]
    rows = conv.filter.reshape(conv.filter.shape[0], -1)
    if conv.pointwise:
        params: dict[str, Param] = {
            "pixels": conv.pixels,
            "input_channels": depth,
            "output_channels": conv.output[2],
        }
        steps = _pointwise_steps(conv.pixels, depth, conv.output[2])
        return _Shape("td_conv_1x1_packed_s8", rows, params, steps)
    if depth % 4 == 0:
        return _Shape("td_conv_2d_packed_s8", rows, window_params(conv), _window_steps(conv))
    return _rows_shape(conv)


def _rows_shape(conv: Convolution) -> _Shape | str:
    """The kernel that copies rows: its ring holds what a window reaches."""
    walk = ring(conv)
    if isinstance(walk, str):
        return walk
    rows, rest_bytes = with_rests(conv.filter.reshape(conv.filter.shape[0], runs_of(conv), -1))
    params: dict[str, Param] = {
        **window_params(conv),
        **walk,
        "rest_bytes": rest_bytes,
        "groups": word_count(rows),
    }
    ring_bytes = walk["ring_rows"] * walk["row_bytes"]
    return _Shape(
        "td_conv_2d_rows_packed_s8",
        rows,
        params,
        ring_steps(conv, across_rows=True),
        ("td_packed_gather", "td_packed_rows"),
        BLOCK * (rest_bytes + 4) + ring_bytes + 4,
    )


def _pointwise_steps(pixels: int, inputs: int, outputs: int) -> tuple[Step, ...]:
    fronts = [(stop * inputs, stop * outputs) for _, stop in pixel_blocks(pixels)]
    return forward(fronts, pixels * inputs)


def _window_steps(conv: Convolution) -> tuple[Step, ...]:
    """A step for each block of pixels: once written, what the windows still to come begin with."""
    if conv.batches > 1:
        return ()
    rows, columns, depth = conv.input
    corners = product(range(conv.output[0]), range(conv.output[1]))
    firsts = [
        max(y * conv.stride[0] - conv.pad[0], 0) * columns * depth
        + max(x * conv.stride[1] - conv.pad[1], 0) * depth
        for y, x in corners
    ]
    needed = rows * columns * depth
    fronts = []
    for start, stop in reversed(pixel_blocks(len(firsts))):
        fronts.append((needed, stop * conv.output[2]))
        needed = min(needed, *firsts[start:stop])
    return forward(fronts[::-1], rows * columns * depth)


def _bias(
    weights: Int8, conv: Convolution, requant: Requant
) -> tuple[NDArray[np.int16] | NDArray[np.int32], bool]:
    """The biases, and whether they are plain: 16 bits, to be folded at run time."""
    bias = np.asarray(conv.bias, np.int64)
    fits = bool((np.abs(bias) < 2**15).all())
    fits = fits and requant.scale_bits == SCALE_BITS
    if fits and weights.shape[1] < _PLAIN_BIAS_INPUTS and conv.pixels >= _PLAIN_BIAS_PIXELS:
        return bias.astype(np.int16), True
    return folded_bias(weights, conv, requant), False


def _records(conv: Convolution, requant: Requant, channels: Int64) -> NDArray[np.uint8] | None:
    """Biases and multipliers in five bytes for each of `channels` (see td_packed_fold_s8.h), where
    that gives just the multipliers that are proven; else None."""
    if not conv.scales or requant.shift is not None or len(requant.multiplier) == 1:
        return None
    ratio = scale_ratio(conv.ratio)
    scales = [scale_fraction(scale) for scale in conv.scales]
    drops = []
    for scale, wanted in zip(scales, requant.multiplier.tolist(), strict=True):
        drop = max(scaled_multiplier(scale, ratio).bit_length() - wanted.bit_length(), 0)
        if scaled_multiplier(scale, ratio) >> drop != wanted:
            return None
        drops.append(drop)
    least = min(drops)
    fields = list(zip(scales, (drop - least for drop in drops), conv.bias, strict=True))
    if not all(fits_scaled(*field) for field in fields):
        return None
    head = (ratio >> 8).to_bytes(4, "little") + bytes([ratio & 0xFF, least])
    stream = head + b"".join(scaled_record(*fields[c]) for c in channels.tolist())
    return np.frombuffer(stream, np.uint8)
