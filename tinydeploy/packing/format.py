"""What the packed int8 kernels' packers share: descriptions of layers, and the format of filters.

The format is told in `firmware/kernels/td_packed.h`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.arena import Step
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


@dataclass(frozen=True, eq=False)
class Convolution:
    """A CONV_2D. `filter` is OHWI, grouped when it has fewer input channels than the image; `input`
    and `output` are (height, width, channels) of each of `batches`; pairs are (vertical,
    horizontal). `multipliers` and `shifts` hold one value or one for each output channel, as
    TensorFlow Lite computes them; `activation` is (lowest, highest). With `scales`, the filter's,
    and `ratio`, the input's scale divided by the output's, multipliers may be kept as scales."""

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
    batches: int = 1
    scales: Sequence[float] = ()
    ratio: float = 0.0

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

    @property
    def groups(self) -> int:
        """Groups of channels that do not meet."""
        return self.input[2] // int(self.filter.shape[3])

    @property
    def pixels(self) -> int:
        """Output pixels of all images."""
        return self.batches * self.output[0] * self.output[1]

    def reach(self, axis: int) -> int:
        """Rows (0) or columns (1) that all windows span, padding included."""
        steps = (self.output[axis] - 1) * self.stride[axis]
        return steps + (int(self.filter.shape[1 + axis]) - 1) * self.dilation[axis] + 1

    def channel(self, values: Sequence[int]) -> Int64:
        """Multipliers or shifts, one for each output channel."""
        return np.broadcast_to(np.asarray(values, np.int64), (self.filter.shape[0],))

    def as_dense(self) -> Dense:
        """The same layer, where it is `whole` or `pointwise`."""
        return Dense(
            batches=self.pixels,
            filter=self.filter.reshape(self.filter.shape[0], -1),
            bias=self.bias,
            multipliers=self.multipliers,
            shifts=self.shifts,
            input_zero_point=self.input_zero_point,
            output_zero_point=self.output_zero_point,
            activation=self.activation,
        )

    def as_one_row(self) -> Convolution:
        """The same layer, where it is `pointwise`: the pixels of all images side by side."""
        return replace(
            self,
            input=(1, self.pixels, self.input[2]),
            output=(1, self.pixels, self.output[2]),
            batches=1,
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

    def as_convolution(self) -> Convolution:
        """The same layer as a pointwise convolution of one row."""
        outputs, inputs = self.filter.shape
        return Convolution(
            input=(1, self.batches, inputs),
            output=(1, self.batches, outputs),
            filter=self.filter.reshape(outputs, 1, 1, inputs),
            bias=self.bias,
            multipliers=self.multipliers,
            shifts=self.shifts,
            input_zero_point=self.input_zero_point,
            output_zero_point=self.output_zero_point,
            activation=self.activation,
        )


@dataclass(frozen=True, eq=False)
class Packed:
    """A call of `kernel(&params, input, filter, bias, output, scratch)`.

    `filter` must be 4-aligned. `steps` tells how the kernel walks its input and output; `sources`
    are relative to `firmware/`.
    """

    kernel: str
    params: tuple[tuple[str, Param], ...]
    filter: Int8
    bias: NDArray[np.int16] | NDArray[np.int32] | NDArray[np.uint8]
    scratch_bytes: int
    steps: tuple[Step, ...]
    sources: tuple[str, ...]

    @property
    def constants(self) -> tuple[Const, ...]:
        """The arrays that the kernel takes between input and output."""
        return (Const("filter", self.filter), Const("bias", self.bias))


def proven(weights: Int8, layer: Convolution | Dense) -> Requant | str:
    """How the layer is requantized, or why it cannot be; `weights` are [outputs, inputs]."""
    if not fits_words(weights):
        return "a weight of -128 comes before a negative one"
    wide = weights.astype(np.int64)
    sums = Sums.of(wide, np.asarray(layer.bias, np.int64), layer.input_zero_point)
    channels = len(wide)
    multipliers, shifts = (
        np.broadcast_to(np.asarray(values, np.int64), (channels,))
        for values in (layer.multipliers, layer.shifts)
    )
    modes = (EXACT, CLAMP, ANY) if isinstance(layer, Dense) else (RELU, LINEAR, EXACT, CLAMP, ANY)
    return prove(sums, multipliers, shifts, layer.output_zero_point, layer.activation, modes)


def requant_params(requant: Requant, channels: Int64, runs: Int8) -> dict[str, Param]:
    """`td_packed_requant` and what goes with it, with a value for each of `channels`, whether they
    differ or not; `runs` are the weights [any, inputs] whose sums may have to be taken in parts."""
    most = int(channels.max()) + 1
    parts = 0 if requant.scale_bits == SCALE_BITS else _part_groups(runs)
    multiplier = np.resize(requant.multiplier.astype(np.int32), most)[channels]
    shift = None
    if requant.shift is not None:
        shift = Const("shift", np.resize(requant.shift.astype(np.int8), most)[channels])
    return {
        "mode": requant.mode,
        "round": requant.round,
        "half": requant.half,
        "activation_min": requant.activation[0],
        "activation_max": requant.activation[1],
        "part_groups": parts,
        "part_shift": SCALE_BITS - requant.scale_bits,
        "multiplier": Const("multiplier", multiplier),
        "shift": shift or 0,
    }


def window_params(conv: Convolution) -> dict[str, Param]:
    """Sizes and window of a convolution, as the kernels call them."""
    return {
        "batches": conv.batches,
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


def _part_groups(weights: Int8) -> int:
    """How many groups of inputs always make a sum that fits when it is scaled by 2**8."""
    wide = np.abs(weights.astype(np.int64))
    padded = np.pad(wide, ((0, 0), (0, -wide.shape[1] % 4)))
    # An odd input is at most 128 from zero, an even one 255 from 127.
    largest = 255 * padded[:, 0::2] + 128 * padded[:, 1::2]
    groups = largest.reshape(len(wide), -1, 2).sum(axis=2)
    count = int(groups.shape[1])
    while True:
        starts = np.arange(0, groups.shape[1], count)
        if np.add.reduceat(groups, starts, axis=1).max() < 2 ** (31 - SCALE_BITS):
            return count
        count = -(-count // 2)


def word_count(weights: Int8) -> int:
    """How many words of four inputs the last dimension of `weights` takes."""
    return -(-int(weights.shape[-1]) // 4)


def fits_words(weights: Int8) -> bool:
    """Whether all weights fit the format."""
    return bool(_lanes(weights).min(initial=0) >= -(2**15))


def _lanes(weights: Int8) -> Int64:
    padded = np.pad(weights.astype(np.int64), ((0, 0), (0, -weights.shape[1] % 4)))
    lanes: Int64 = 256 * padded[:, 0::2] + padded[:, 1::2]
    return lanes


def blocks(weights: Int8, size: int) -> Int8:
    """Words of `size` of the [outputs, inputs] at a time, group by group, then of those left."""
    words = _lanes(weights).astype("<i2").reshape(len(weights), -1, 2)
    whole = len(words) // size * size
    stream = words[:whole].reshape(-1, size, *words.shape[1:]).swapaxes(1, 2)
    rest = words[whole:].swapaxes(0, 1)
    return np.concatenate([stream.ravel(), rest.ravel()]).astype("<i2").view(np.int8)


def paired(channels: int) -> Int64:
    """Channels two at a time; the last two of an odd number are a pair too."""
    last = [channels - 2, channels - 1] if channels % 2 else []
    return np.array([*range(channels // 2 * 2), *last])


def folded_bias(weights: Int8, layer: Convolution | Dense, requant: Requant) -> NDArray[np.int32]:
    """scale * (bias - zero_point * odd weights + (127 - zero_point) * even ones), modulo 2**32; odd
    and even as in the rows of `weights`."""
    wide, zero_point = weights.astype(np.int64), layer.input_zero_point
    even, odd = wide[:, 0::2].sum(axis=1), wide[:, 1::2].sum(axis=1)
    folded = np.asarray(layer.bias, np.int64) - zero_point * odd + (127 - zero_point) * even
    scaled: NDArray[np.int32] = (folded << requant.scale_bits).astype(np.int32)
    return scaled


def sources(*names: str) -> tuple[str, ...]:
    """The C files of the kernels, and of the headers, of these names."""
    headers_only = ("dot", "gather", "outputs", "rows", "widen")
    headers = ("td_packed_mve", "td_packed_scalar", "td_scaled_multiplier")
    block = headers if "td_packed_block_s8" in names else ()
    files = {f"kernels/{name}.h" for name in (*names, *block, "td_dsp", "td_packed", "td_window")}
    files |= {f"kernels/{name}.c" for name in names if name[10:] not in headers_only}
    return tuple(sorted(files))
