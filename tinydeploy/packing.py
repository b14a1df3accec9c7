"""Filters of the fast int8 kernels: packed weights, biases and requantization, proven exact.

`pack_convolution` and `pack_dense` answer with all that a call of a packed kernel needs, or with
the reason why the layer must take the portable kernel. The formats are told in
`firmware/kernels/td_packed.h`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.arena import Step, at_once, forward, pixels
from tinydeploy.graph import Const, Param
from tinydeploy.requant import (
    ANY,
    CLAMP,
    EXACT,
    LINEAR,
    RELU,
    SCALE_BITS,
    Requant,
    Sums,
    prove,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Int8 = NDArray[np.int8]
    Int64 = NDArray[np.int64]

_BLOCK = 4  # pixels that the kernels take at a time
_PLAIN_BIAS_INPUTS = 160  # below this many inputs, two bytes a bias are more than 1 % of the layer
_PLAIN_BIAS_PIXELS = 32  # from this many pixels on, folding the bias at run time costs below 4 %


@dataclass(frozen=True, eq=False)
class Convolution:
    """A CONV_2D without groups. `filter` is OHWI; `input` and `output` are (height, width,
    channels); pairs are (vertical, horizontal). `multipliers` and `shifts` hold one value or one
    for each output channel, as TensorFlow Lite computes them; `activation` is (lowest, highest)."""

    input: tuple[int, int, int]
    output: tuple[int, int, int]
    filter: Int8
    bias: Sequence[int]
    multipliers: Sequence[int]
    shifts: Sequence[int]
    input_zero_point: int
    output_zero_point: int
    activation: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    pad: tuple[int, int] = (0, 0)

    @property
    def pointwise(self) -> bool:
        """Whether each output pixel comes from the input pixel at the same place."""
        steps = (*self.stride, *self.filter.shape[1:3])
        return steps == (1, 1, 1, 1) and self.pad == (0, 0) and self.input[:2] == self.output[:2]

    @property
    def whole(self) -> bool:
        """Whether the one output pixel's window is the input."""
        window = self.filter.shape[1:3]
        return self.output[:2] == (1, 1) and self.pad == (0, 0) and self.input[:2] == window

    def as_dense(self) -> Dense:
        """The same layer, where it is `whole`."""
        return Dense(
            batches=1,
            filter=self.filter.reshape(self.filter.shape[0], -1),
            bias=self.bias,
            multipliers=self.multipliers,
            shifts=self.shifts,
            input_zero_point=self.input_zero_point,
            output_zero_point=self.output_zero_point,
            activation=self.activation,
        )


@dataclass(frozen=True, eq=False)
class Dense:
    """A FULLY_CONNECTED layer: `filter` is [outputs, inputs], the rest as in `Convolution`."""

    batches: int
    filter: Int8
    bias: Sequence[int]
    multipliers: Sequence[int]
    shifts: Sequence[int]
    input_zero_point: int
    output_zero_point: int
    activation: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Packed:
    """A call of `kernel(&params, input, filter, bias, output, scratch)`.

    `filter` must be 4-aligned. `steps` tells how the kernel walks its input and output; `sources`
    are relative to `firmware/`.
    """

    kernel: str
    params: tuple[tuple[str, Param], ...]
    filter: Int8
    bias: NDArray[np.int16] | NDArray[np.int32]
    scratch_bytes: int
    steps: tuple[Step, ...]
    sources: tuple[str, ...]

    @property
    def constants(self) -> tuple[Const, ...]:
        """The arrays that the kernel takes between input and output."""
        return (Const("filter", self.filter), Const("bias", self.bias))


def pack_convolution(conv: Convolution) -> Packed | str:
    """The fast kernel's call for this convolution, or why there is none."""
    outputs = conv.filter.shape[0]
    if conv.whole:
        return pack_dense(conv.as_dense())
    shape = _shape(conv)
    weights = conv.filter.reshape(outputs, shape.runs, -1)
    body = weights.shape[2] // 4 * 4
    parts = (weights[:, :, :body], weights[:, :, body:])
    rows = np.concatenate([part.reshape(outputs, -1) for part in parts], axis=1)
    requant = _proven(rows, conv)
    if isinstance(requant, str):
        return requant
    bias, plain = _bias(rows, conv, conv.output[0] * conv.output[1], requant)
    return Packed(
        kernel=shape.kernel,
        params=(
            *shape.params.items(),
            ("input_zero_point", conv.input_zero_point),
            ("plain_bias", int(plain)),
            *_requant_params(requant, outputs, rows).items(),
        ),
        filter=_pairs(rows),
        bias=bias,
        scratch_bytes=4 * outputs * plain + 8 * _BLOCK * _groups(rows) + shape.scratch_bytes,
        steps=shape.steps,
        sources=_sources(
            shape.kernel,
            "td_packed_block_s8",
            "td_packed_finish_s8",
            "td_packed_fold_s8",
            "td_packed_widen",
            "td_packed_widen_4_s8",
        ),
    )


def pack_dense(dense: Dense, direct: bool = False) -> Packed | str:
    """The fast kernel's call for this layer, or why there is none. `direct` takes no scratch, is
    slower, and has input and output apart."""
    outputs, inputs = dense.filter.shape
    requant = _proven(dense.filter, dense)
    if isinstance(requant, str):
        return requant
    params: dict[str, Param] = {
        "batches": dense.batches,
        "input_size": inputs,
        "output_size": outputs,
        "per_channel": int(len(requant.multiplier) > 1),
        **_requant_params(requant, len(requant.multiplier), dense.filter),
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
        filter=_quads(dense.filter),
        bias=_folded_bias(dense.filter, dense, requant),
        scratch_bytes=0 if direct else 8 * _groups(dense.filter),
        steps=steps,
        sources=(*_sources(kernel, "td_packed_widen"), *headers),
    )


def _proven(weights: Int8, layer: Convolution | Dense) -> Requant | str:
    """How the layer is requantized; `weights` are [outputs, inputs]."""
    words = _words(weights)
    if isinstance(words, str):
        return words
    wide = weights.astype(np.int64)
    sums = Sums.of(wide, np.asarray(layer.bias, np.int64), layer.input_zero_point)
    channels = len(wide)
    multipliers, shifts = (
        np.broadcast_to(np.asarray(values, np.int64), (channels,))
        for values in (layer.multipliers, layer.shifts)
    )
    modes = (EXACT, CLAMP, ANY) if isinstance(layer, Dense) else (RELU, LINEAR, EXACT, CLAMP, ANY)
    return prove(sums, multipliers, shifts, layer.output_zero_point, layer.activation, modes)


def _requant_params(requant: Requant, channels: int, weights: Int8) -> dict[str, Param]:
    """With values for each of `channels`, whether they differ or not."""
    parts = 0 if requant.scale_bits == SCALE_BITS else _part_groups(weights)
    multiplier = np.resize(requant.multiplier.astype(np.int32), channels)
    shift = None if requant.shift is None else np.resize(requant.shift.astype(np.int8), channels)
    return {
        "mode": requant.mode,
        "round": requant.round,
        "half": requant.half,
        "activation_min": requant.activation[0],
        "activation_max": requant.activation[1],
        "part_groups": parts,
        "part_shift": SCALE_BITS - requant.scale_bits,
        "multiplier": Const("multiplier", multiplier),
        "shift": 0 if shift is None else Const("shift", shift),
    }


@dataclass(frozen=True)
class _Shape:
    """Which kernel walks the windows, and how. A run is a stretch of weights whose inputs lie
    together; `scratch_bytes` is what the kernel needs besides activations and biases."""

    kernel: str
    runs: int
    params: dict[str, Param]
    steps: tuple[Step, ...]
    scratch_bytes: int = 0


def _shape(conv: Convolution) -> _Shape:
    depth = conv.input[2]
    positions = conv.output[0] * conv.output[1]
    if conv.pointwise:
        params: dict[str, Param] = {
            "pixels": positions,
            "input_channels": depth,
            "output_channels": conv.output[2],
        }
        steps = _pointwise_steps(positions, depth, conv.output[2])
        return _Shape("td_conv_1x1_packed_s8", 1, params, steps)
    if depth % 4 == 0:
        return _Shape("td_conv_2d_packed_s8", 1, _window_params(conv), _window_steps(conv))
    return _rows_shape(conv)


def _rows_shape(conv: Convolution) -> _Shape:
    """The kernel that copies rows: its ring holds what a window reaches."""
    (height, width), depth = conv.filter.shape[1:3], conv.input[2]
    runs = height if conv.dilation[1] == 1 else height * width
    run = height * width * depth // runs
    rest = -(-(run % 4 * runs) // 4) * 4
    columns = conv.output[1]
    ring_rows = (height - 1) * conv.dilation[0] + 1
    reach = (columns - 1) * conv.stride[1] + (width - 1) * conv.dilation[1] + 1
    row_bytes = -(-reach * depth // 4) * 4
    params = {
        **_window_params(conv),
        "ring_rows": ring_rows,
        "row_bytes": row_bytes,
        "rest_bytes": rest,
        "groups": run // 4 * runs + rest // 4,
    }
    scratch = _BLOCK * (rest + 4) + ring_rows * row_bytes + 4
    return _Shape("td_conv_2d_rows_packed_s8", runs, params, _rows_steps(conv), scratch)


def _rows_steps(conv: Convolution) -> tuple[Step, ...]:
    """A step for each block of pixels: its windows' rows have been copied when it is written."""
    rows, row_bytes = conv.input[0], conv.input[1] * conv.input[2]
    reach = (conv.filter.shape[1] - 1) * conv.dilation[0] + 1 - conv.pad[0]
    fronts = []
    for _, stop in _pixel_blocks(conv.output[0] * conv.output[1]):
        copied = (stop - 1) // conv.output[1] * conv.stride[0] + reach
        fronts.append((min(max(copied, 0), rows) * row_bytes, stop * conv.output[2]))
    return forward(fronts, rows * row_bytes)


def _window_params(conv: Convolution) -> dict[str, Param]:
    return {
        "input_height": conv.input[0],
        "input_width": conv.input[1],
        "input_channels": conv.input[2],
        "output_height": conv.output[0],
        "output_width": conv.output[1],
        "output_channels": conv.output[2],
        "filter_height": conv.filter.shape[1],
        "filter_width": conv.filter.shape[2],
        "stride_height": conv.stride[0],
        "stride_width": conv.stride[1],
        "dilation_height": conv.dilation[0],
        "dilation_width": conv.dilation[1],
        "pad_top": conv.pad[0],
        "pad_left": conv.pad[1],
    }


def _pixel_blocks(count: int) -> list[tuple[int, int]]:
    """The (first, last + 1) of each block in which the kernels take `count` pixels."""
    whole, rest = divmod(count, _BLOCK)
    sizes = [_BLOCK] * whole + [2] * (rest // 2) + [1] * (rest % 2)
    stops = list(accumulate(sizes))
    return [(stop - size, stop) for stop, size in zip(stops, sizes, strict=True)]


def _pointwise_steps(pixels: int, inputs: int, outputs: int) -> tuple[Step, ...]:
    fronts = [(stop * inputs, stop * outputs) for _, stop in _pixel_blocks(pixels)]
    return forward(fronts, pixels * inputs)


def _window_steps(conv: Convolution) -> tuple[Step, ...]:
    """A step for each block of pixels: once written, what the windows still to come begin with."""
    rows, columns, depth = conv.input
    corners = product(range(conv.output[0]), range(conv.output[1]))
    firsts = [
        max(y * conv.stride[0] - conv.pad[0], 0) * columns * depth
        + max(x * conv.stride[1] - conv.pad[1], 0) * depth
        for y, x in corners
    ]
    needed = rows * columns * depth
    fronts = []
    for start, stop in reversed(_pixel_blocks(len(firsts))):
        fronts.append((needed, stop * conv.output[2]))
        needed = min(needed, *firsts[start:stop])
    return forward(fronts[::-1], rows * columns * depth)


def _part_groups(weights: Int8) -> int:
    """How many groups of inputs always make a sum that fits when it is scaled by 2**8."""
    wide = np.abs(weights.astype(np.int64))
    padded = np.pad(wide, ((0, 0), (0, -wide.shape[1] % 4)))
    # An even input is at most 128 from zero, an odd one 255 from 127.
    largest = 128 * padded[:, 0::2] + 255 * padded[:, 1::2]
    groups = largest.reshape(len(wide), -1, 2).sum(axis=2)
    count = int(groups.shape[1])
    while True:
        starts = np.arange(0, groups.shape[1], count)
        if np.add.reduceat(groups, starts, axis=1).max() < 2 ** (31 - SCALE_BITS):
            return count
        count = -(-count // 2)


def _groups(weights: Int8) -> int:
    return -(-int(weights.shape[1]) // 4)


def _words(weights: Int8) -> NDArray[np.int16] | str:
    """[outputs, groups, 2]: lanes that hold 256 times the odd plus the even of two weights."""
    padded = np.pad(weights.astype(np.int64), ((0, 0), (0, -weights.shape[1] % 4)))
    lanes = padded[:, 0::2] + 256 * padded[:, 1::2]
    if lanes.size and lanes.min() < -(2**15):
        return "a weight of -128 follows a negative one"
    return lanes.astype("<i2").reshape(len(weights), -1, 2)


def _blocks(weights: Int8, size: int) -> Int8:
    """Words of `size` channels at a time, group by group; the rest of the channels one by one."""
    words = _words(weights)
    assert not isinstance(words, str)
    whole = len(words) // size * size
    blocks = words[:whole].reshape(-1, size, *words.shape[1:]).swapaxes(1, 2)
    stream = np.concatenate([blocks.ravel(), words[whole:].ravel()])
    return stream.astype("<i2").view(np.int8)


def _pairs(weights: Int8) -> Int8:
    return _blocks(weights, 2)


def _quads(weights: Int8) -> Int8:
    return _blocks(weights, 4)


def _bias(
    weights: Int8, conv: Convolution, positions: int, requant: Requant
) -> tuple[NDArray[np.int16] | NDArray[np.int32], bool]:
    """The biases, and whether they are plain: 16 bits, to be folded at run time."""
    bias = np.asarray(conv.bias, np.int64)
    fits = bool((np.abs(bias) < 2**15).all())
    fits = fits and requant.scale_bits == SCALE_BITS
    if fits and weights.shape[1] < _PLAIN_BIAS_INPUTS and positions >= _PLAIN_BIAS_PIXELS:
        return bias.astype(np.int16), True
    return _folded_bias(weights, conv, requant), False


def _folded_bias(weights: Int8, layer: Convolution | Dense, requant: Requant) -> NDArray[np.int32]:
    """scale * (bias - zero_point * even weights + (127 - zero_point) * odd ones), modulo 2**32."""
    wide, zero_point = weights.astype(np.int64), layer.input_zero_point
    even, odd = wide[:, 0::2].sum(axis=1), wide[:, 1::2].sum(axis=1)
    folded = np.asarray(layer.bias, np.int64) - zero_point * even + (127 - zero_point) * odd
    scaled: NDArray[np.int32] = (folded << requant.scale_bits).astype(np.int32)
    return scaled


def _sources(*kernels: str) -> tuple[str, ...]:
    shared = tuple(
        f"kernels/td_{name}.h"
        for name in ("dsp", "packed", "packed_mve", "packed_scalar", "window")
    )
    headers_only = ("td_packed_widen",)
    files = {f"kernels/{kernel}.h" for kernel in kernels}
    files |= {f"kernels/{kernel}.c" for kernel in kernels if kernel not in headers_only}
    return tuple(sorted(files | set(shared)))
