"""Packs depthwise filters for the kernels that work on planes, and proves that they may be used.

The proofs and the formats are explained in docs/engine.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.arena import Step, same_place
from tinydeploy.fixedpoint import (
    fits_scaled,
    scale_fraction,
    scale_ratio,
    scaled_multiplier,
    scaled_record,
)
from tinydeploy.graph import Const, Param

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHIFT = 12  # TD_DW_SHIFT: the right shift that all accumulators of a layer share
LEAST_WEIGHT_SHIFT, MOST_WEIGHT_SHIFT = 2, 8
ROW_BYTES = 16  # TD_PLANAR_ROW_BYTES
WHOLE = 1.625  # how much more scratch is worth one strip instead of several
WINDOW_ROWS, WINDOW_WORDS = 7, 8  # TD_WINDOW_ROWS, TD_WINDOW_WORDS
_TAPS_3X3 = ((0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (0, 2), (2, 1), (1, 2), (2, 2))


@dataclass(frozen=True, eq=False)
class Depthwise:
    """A depthwise layer of batch 1. Shapes are (height, width, channels), `filter` is [height,
    width, output channels] int8; real multipliers are `multipliers * 2**(shifts - 31)`, as
    fixedpoint.quantize_multiplier gives them. They are `scales`, the filter's, each times `ratio`,
    the input's scale divided by the output's, where these are known."""

    input_shape: tuple[int, int, int]
    output_shape: tuple[int, int, int]
    filter: NDArray[np.int8]
    bias: NDArray[np.int32]
    multipliers: tuple[int, ...]
    shifts: tuple[int, ...]
    strides: tuple[int, int]
    dilations: tuple[int, int]
    pad_top: int
    pad_left: int
    input_zero: int
    output_zero: int
    activation_min: int
    activation_max: int
    scales: tuple[float, ...] = ()
    ratio: float = 0.0


@dataclass(frozen=True, eq=False)
class Packed:
    """A kernel call's ingredients: `params` in the order of `<kernel>_params`, then what it takes
    between input and output; without `steps` the output may not overlap the input."""

    kernel: str
    params: tuple[tuple[str, Param], ...]
    constants: tuple[Const, ...]
    scratch_bytes: int
    steps: tuple[Step, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class _Channel:
    """A channel as its record has it: what the kernel computes with `shift` = SHIFT - e + 1.
    `scale` is 24 bits that give the multiplier when multiplied by the layer's ratio, or 0."""

    taps: NDArray[np.int64]  # [height, width]
    bias: int
    multiplier: int
    shift: int
    scale: int

    def extra(self, least: int) -> int:
        """Its shift beyond the layer's least; a channel of nothing but zeros takes any."""
        return self.shift - least if self.bias or self.taps.any() else 0


def trimmed(layer: Depthwise) -> Depthwise:
    """The layer without the filter's outer rows and columns that no window has in the image, and
    without dilation of what is alone."""
    top, bottom = _used(layer, 0, layer.pad_top)
    left, right = _used(layer, 1, layer.pad_left)
    down, across = layer.dilations
    return replace(
        layer,
        filter=layer.filter[top:bottom, left:right],
        pad_top=layer.pad_top - top * down,
        pad_left=layer.pad_left - left * across,
        dilations=(down if bottom - top > 1 else 1, across if right - left > 1 else 1),
    )


def _used(layer: Depthwise, axis: int, pad: int) -> tuple[int, int]:
    """The first of the filter's rows (axis 0) or columns (1) that a window has in the image, and
    the one after the last; all where the padding that remains would be negative."""
    taps = np.arange(layer.filter.shape[axis])
    origins = np.arange(layer.output_shape[axis]) * layer.strides[axis] - pad
    places = origins[:, None] + taps * layer.dilations[axis]
    inside = ((places >= 0) & (places < layer.input_shape[axis])).any(axis=0)
    used = taps[inside]
    if not used.size or used[0] * layer.dilations[axis] > pad:
        return 0, taps.size
    return int(used[0]), int(used[-1]) + 1


def pack_3x3(layer: Depthwise, scratch_limit: int) -> Packed | str:
    """The layer for a td_depthwise_3x3 kernel with at most `scratch_limit` bytes of scratch
    memory if that is possible at all, or why it cannot run there."""
    if _short(layer) == "2x2":
        return "shorter windows have kernels of their own"
    layer = _in_rows(layer, 3)
    reason = _refuse_3x3(layer)
    if reason:
        return reason
    records = _records(layer, _TAPS_3X3)
    if isinstance(records, str):
        return records
    strip_rows = _strip_rows(_lattice(layer), scratch_limit, _scratch_bytes)
    kernel = _kernel_3x3(layer)
    params: dict[str, Param] = {
        "input_height": layer.input_shape[0],
        "input_width": layer.input_shape[1],
        "channels": layer.input_shape[2],
        "output_height": layer.output_shape[0],
        "output_width": layer.output_shape[1],
        "pad_top": layer.pad_top,
        "pad_left": layer.pad_left,
        "strip_rows": strip_rows,
        "input_zero": layer.input_zero,
        "output_zero": layer.output_zero,
        **records.params,
    }
    spread = kernel.endswith(("spread_s8", "any_s8"))
    if spread:
        params |= {
            "input_row": layer.input_shape[1] * layer.input_shape[2],
            "output_row": layer.output_shape[1] * layer.output_shape[2],
            "depth_multiplier": layer.output_shape[2] // layer.input_shape[2],
            "dilation_height": layer.dilations[0],
            "dilation_width": layer.dilations[1],
            "activation_min": layer.activation_min,
            "activation_max": layer.activation_max,
        }
    parts = ("3x3", "3x3_body", "grid", "lattice", "record", "blocks", "blocks_s2")
    return Packed(
        kernel=kernel,
        params=tuple(params.items()),
        constants=(records.filter,),
        scratch_bytes=_scratch_bytes(_lattice(layer), strip_rows),
        steps=in_place_steps(layer) if layer.dilations == (1, 1) else (),
        sources=_sources(kernel, spread, *parts),
    )


def pack_window(layer: Depthwise, scratch_limit: int) -> Packed | str:
    """The layer for a td_depthwise_window kernel; as pack_3x3 otherwise."""
    _, width, depth = layer.input_shape
    multiplier = layer.output_shape[2] // depth
    across = layer.filter.shape[1] == 1 < layer.filter.shape[0]
    rows = transposed(layer) if across else layer
    phases = _phases(rows)
    if phases > 1:
        rows = _folded(rows)
    short = _short(rows)
    if short == "1x3":
        rows = _in_rows(rows, 1)
    reason = _refuse_window(rows)
    if reason:
        return reason
    records = _records(rows, _window_order(rows))
    if isinstance(records, str):
        return records
    lattice = _lattice(rows)
    strip_rows = _strip_rows(lattice, scratch_limit, _window_bytes)
    whole = rows.dilations == (1, 1) and strip_rows >= lattice.output_shape[0]
    kernel = f"td_depthwise_{short or 'window'}_{'' if plain(layer) else 'any_'}s8"
    pixels = {"right": depth, "down": width * depth}
    outputs = {"right": depth * multiplier, "down": layer.output_shape[1] * depth * multiplier}
    right, down = ("down", "right") if across else ("right", "down")
    if phases > 1:
        pixels, outputs = (
            {right: phases * steps[right], down: steps[right]} for steps in (pixels, outputs)
        )
    params: dict[str, Param] = {
        "input_height": rows.input_shape[0],
        "input_width": rows.input_shape[1],
        "channels": depth,
        "depth_multiplier": multiplier,
        "output_height": rows.output_shape[0],
        "output_width": rows.output_shape[1],
        "input_right": pixels[right],
        "input_down": pixels[down],
        "output_right": outputs[right],
        "output_down": outputs[down],
        "pad_top": rows.pad_top,
        "pad_left": rows.pad_left,
        "strip_rows": strip_rows,
        "dilation_height": rows.dilations[0],
        "dilation_width": rows.dilations[1],
        "filter_height": rows.filter.shape[0],
        "filter_width": rows.filter.shape[1],
        "stride_height": rows.strides[0],
        "stride_width": rows.strides[1],
        "input_zero": layer.input_zero,
        "output_zero": layer.output_zero,
        "activation_min": layer.activation_min,
        "activation_max": layer.activation_max,
        **records.params,
    }
    walk = ("short_walk",) if short else ("window_walk", "window_blocks")
    parts = ("window", "window_body", *walk, "lines", "grid", "lattice", "record")
    return Packed(
        kernel=kernel,
        params=tuple(params.items()),
        constants=(records.filter,),
        scratch_bytes=_window_bytes(lattice, strip_rows),
        steps=in_place_steps(layer, whole) if whole or rows is layer else (),
        sources=_sources(kernel, True, *parts),
    )


def plain(layer: Depthwise) -> bool:
    """Whether its activation is ReLU down to -128."""
    bounds = (layer.activation_min, layer.activation_max)
    return bounds == (-128, 127) and layer.output_zero == -128


def _stays(layer: Depthwise) -> bool:
    """Whether each image that every dilation-th row and column of the output makes lies where the
    one that it is made from lies in the input; without dilation there is but one."""
    pads = (layer.pad_top % layer.dilations[0], layer.pad_left % layer.dilations[1])
    alike = layer.input_shape[:2] == layer.output_shape[:2] and pads == (0, 0)
    return layer.dilations == (1, 1) or alike


def _sources(kernel: str, few: bool, *headers: str) -> tuple[str, ...]:
    """C files; `few`: whether images of fewer than four channels are taken too."""
    names = (f"{kernel}.c", f"{kernel}.h", "td_planar.c", *("td_planar_few.c",) * few)
    shared = ("td_planar.h", "td_planar_few.h", "td_dsp_dw.h", "td_scaled_multiplier.h")
    named = (f"td_depthwise_{header}.h" for header in headers)
    return tuple(f"kernels/{name}" for name in (*names, *shared, *named))


def transposed(layer: Depthwise) -> Depthwise:
    """The layer with rows and columns exchanged."""
    return replace(
        layer,
        input_shape=(layer.input_shape[1], layer.input_shape[0], layer.input_shape[2]),
        output_shape=(layer.output_shape[1], layer.output_shape[0], layer.output_shape[2]),
        filter=layer.filter.transpose(1, 0, 2),
        strides=layer.strides[::-1],
        dilations=layer.dilations[::-1],
        pad_top=layer.pad_left,
        pad_left=layer.pad_top,
    )


def _phases(layer: Depthwise) -> int:
    """In how many images of one row each a dilated row falls, when these are alike; else 1."""
    down, right = layer.dilations
    alike = layer.pad_left % right == layer.input_shape[1] % right == layer.output_shape[1] % right
    one = layer.filter.shape[0] == layer.input_shape[0] == layer.output_shape[0] == down == 1
    one = one and layer.strides == (1, 1)
    return right if one and alike and layer.pad_left % right == 0 else 1


def _folded(layer: Depthwise) -> Depthwise:
    """A row of pixels as an image of _phases() rows, whose taps are adjacent."""
    phases = layer.dilations[1]
    return replace(
        layer,
        input_shape=(phases, layer.input_shape[1] // phases, layer.input_shape[2]),
        output_shape=(phases, layer.output_shape[1] // phases, layer.output_shape[2]),
        dilations=(1, 1),
        pad_left=layer.pad_left // phases,
    )


def _words(layer: Depthwise) -> int:
    """Words of a filter row in td_depthwise_window kernels; see their header."""
    words = int(layer.filter.shape[1] - 1 + layer.strides[1]) // 2 + 1
    runs = -(-words // WINDOW_WORDS) if layer.filter.shape[0] == 1 else 1
    return -(-words // runs) * runs


def _window_order(layer: Depthwise) -> tuple[tuple[int, int], ...]:
    """The taps as td_depthwise_window kernels take them."""
    height, width = layer.filter.shape[:2]
    if 1 < height <= WINDOW_ROWS:
        return tuple((y, x) for x, y in product(range(width), range(height)))
    return tuple((y, x) for y, x in product(range(height), range(width)))


def _refuse_window(layer: Depthwise) -> str:
    down, right = layer.dilations
    if down > layer.input_shape[0] or right > layer.input_shape[1]:
        return "a dilation beyond the image"
    if layer.filter.shape[0] > WINDOW_ROWS and _words(layer) > WINDOW_WORDS:
        return "the window is too large"
    if max(*layer.filter.shape[:2], *layer.strides) > 255:
        return "the window or its strides leave 8 bits"
    return ""


def _window_bytes(layer: Depthwise, strip_rows: int) -> int:
    """See firmware/kernels/td_depthwise_window.h; dilation is in the image."""
    pairs = (layer.output_shape[1] - 1) // 2 * layer.strides[1] + _words(layer)
    rows = (strip_rows - 1) * layer.strides[0] + layer.filter.shape[0]
    return int(ROW_BYTES * pairs * rows + 8 * layer.filter.shape[0] * _words(layer))


def _in_rows(layer: Depthwise, most: int) -> Depthwise:
    """A filter of at most this many rows and three columns as one of just so many, whose other taps
    are zero."""
    rows, columns, channels = layer.filter.shape
    if (rows, columns) == (most, 3) or rows > most or columns > 3:
        return layer
    taps = np.zeros((most, 3, channels), np.int8)
    taps[:rows, :columns] = layer.filter
    return replace(layer, filter=taps)


def _short(layer: Depthwise) -> str:
    """The window of a td_depthwise kernel for short ones that takes the layer, rows lying along;
    empty where none does."""
    narrowest = layer.output_shape[1] // layer.dilations[1]
    if layer.strides != (1, 1):
        return ""
    if layer.filter.shape[:2] in ((1, 2), (1, 3)) and narrowest >= 3:
        return "1x3"
    return "2x2" if layer.filter.shape[:2] == (2, 2) and narrowest >= 1 else ""


def _lattice(layer: Depthwise) -> Depthwise:
    """The largest image that every dilation-th row and column makes."""
    rows, columns, channels = layer.output_shape
    down, right = layer.dilations
    return replace(layer, output_shape=(-(-rows // down), -(-columns // right), channels))


def _kernel_3x3(layer: Depthwise) -> str:
    """The name of the least general kernel that takes the layer."""
    bounds = (layer.activation_min, layer.activation_max)
    full, relu = bounds == (-128, 127), layer.activation_min == layer.output_zero
    channels = layer.input_shape[2]
    plain = layer.output_shape[2] == channels >= 4 and layer.dilations == (1, 1)
    if full and plain:
        variant = "" if relu else "_linear"
    else:
        variant = "_spread" if full and relu else "_any"
    return f"td_depthwise_3x3{'' if layer.strides[0] == 1 else 's2'}{variant}_s8"


def _refuse_3x3(layer: Depthwise) -> str:
    down, right = layer.dilations
    if layer.filter.shape[:2] != (3, 3):
        return "the filter is larger than 3x3"
    if layer.strides not in ((1, 1), (2, 2)) or (layer.strides == (2, 2) and down * right > 1):
        return "strides or dilations other than those of the kernels"
    if down > layer.input_shape[0] or right > layer.input_shape[1]:
        return "a dilation beyond the image"
    if not 0 <= layer.pad_top <= 2 * down or not 0 <= layer.pad_left <= 2 * right:
        return "more padding than the filter covers"
    return ""


@dataclass(frozen=True, eq=False)
class _Records:
    """Packed channels and what the kernels' parameters say of them."""

    filter: Const
    params: dict[str, Param]


def _records(layer: Depthwise, order: tuple[tuple[int, int], ...]) -> _Records | str:
    """The records of all channels with the taps in this order of (row, column), or why there are
    none."""
    channels: list[_Channel] = []
    ratio = scale_ratio(layer.ratio)
    for c in range(layer.filter.shape[2]):
        channel = _channel(layer, c, ratio)
        if isinstance(channel, str):
            return f"channel {c}: {channel}"
        channels.append(channel)
    least = min(channel.shift for channel in channels)
    wide = not all(fits_scaled(c.scale, c.extra(least), c.bias) for c in channels)
    stream = b"".join(
        bytes(int(channel.taps[at]) & 0xFF for at in order) + _constants(channel, least, wide)
        for channel in channels
    )
    params: dict[str, Param] = {
        "weight_shift": least,
        "ratio_low": 0 if wide else ratio & 0xFF,
        "ratio": 0 if wide else ratio >> 8,
    }
    return _Records(Const("filter", np.frombuffer(stream, np.uint8)), params)


def _channel(layer: Depthwise, c: int, ratio: int) -> _Channel | str:
    """The record of channel `c`, or what cannot be proven. `ratio` is a fraction of 2**39."""
    taps = layer.filter[:, :, c].astype(np.int64)
    bias, multiplier, right = int(layer.bias[c]), layer.multipliers[c], -layer.shifts[c]
    largest = max(127 - layer.input_zero, 128 + layer.input_zero)
    bound = int(np.abs(taps).sum()) * largest + abs(bias)
    if multiplier == 0 or _always_zero(bound, multiplier, right):
        return _Channel(np.zeros_like(taps), 0, 1 << 30, MOST_WEIGHT_SHIFT, 1 << 23)
    if right > SHIFT - 1 and bound < 1 << 22:
        multiplier, right = _shorter(bound, multiplier, right)
    shift = SHIFT + 1 - right
    if shift < LEAST_WEIGHT_SHIFT:
        return f"its right shift is {right}, more than {SHIFT - 1}"
    if int(np.abs(taps).max()) << shift > 32767 + (taps.min() == -np.abs(taps).max()):
        return f"its right shift is {right}: scaled weights leave 16 bits"
    if bound << shift >= 1 << 31:
        return "its accumulator may leave 32 bits"
    scale = scale_fraction(layer.scales[c]) if layer.scales else 0
    exact = scale > 0 and scaled_multiplier(scale, ratio) == multiplier
    return _Channel(taps, bias, multiplier, shift, scale if exact else 0)


def _always_zero(bound: int, multiplier: int, right: int) -> bool:
    """Whether every accumulator in [-bound, bound] requantizes to 0."""
    return right > 0 and bound * multiplier < 1 << (30 + right)


def _shorter(bound: int, multiplier: int, right: int) -> tuple[int, int]:
    """A multiplier for the right shift SHIFT - 1 that changes no output over the accumulator's
    range; the same ones when there is none."""
    x = np.arange(-bound, bound + 1, dtype=np.int64)

    def outputs(m: int, e: int) -> NDArray[np.int64]:
        high = (x * m + (1 << 30)) >> 31
        return (high - (x < 0) + (1 << (e - 1))) >> e

    drop = right - (SHIFT - 1)
    for short in (multiplier >> drop, (multiplier >> drop) + 1):
        if np.array_equal(outputs(short, SHIFT - 1), outputs(multiplier, right)):
            return short, SHIFT - 1
    return multiplier, right


def _constants(channel: _Channel, least: int, wide: bool) -> bytes:
    """What follows the taps: see firmware/kernels/td_depthwise_record.h."""
    extra = channel.extra(least)
    if wide:
        words = channel.bias.to_bytes(4, "little", signed=True)
        return bytes([extra]) + words + channel.multiplier.to_bytes(4, "little")
    return scaled_record(channel.scale, extra, channel.bias)


def _scratch_bytes(layer: Depthwise, strip_rows: int) -> int:
    width, even_rows = layer.output_shape[1], -(-strip_rows // 2) * 2
    if layer.strides[0] == 1:
        return ROW_BYTES * ((width + 1) // 2 + 1) * (even_rows + 2)
    return ROW_BYTES * (width + 1) * (2 * even_rows + 1)


def _strip_rows(
    layer: Depthwise, scratch_limit: int, scratch_bytes: Callable[[Depthwise, int], int]
) -> int:
    """All output rows, for which the limit is WHOLE times as much because channels are unpacked but
    once, or the largest even number of them that it allows, at least 2."""
    rows = layer.output_shape[0]
    if rows <= 2 or scratch_bytes(layer, rows) <= scratch_limit * WHOLE:
        return rows
    strip = max((rows - 1) // 2 * 2, 2)
    while strip > 2 and scratch_bytes(layer, strip) > scratch_limit:
        strip -= 2
    return strip


def in_place_steps(layer: Depthwise, whole: bool = False) -> tuple[Step, ...]:
    """In place, where each strip's outputs lie where input pixels have been copied before, `whole`
    or so far: with the channels of a group apart from all others, only the pixels' order counts."""
    height, width, depth = layer.input_shape
    rows, columns, channels = layer.output_shape
    reach = (layer.filter.shape[0] - 1) * layer.dilations[0] + 1
    ends = (y * layer.strides[0] - layer.pad_top + reach for y in range(rows))
    copied = ((height if whole else max(min(height, end), 0)) * width for end in ends)
    if not (whole or _stays(layer)) or channels != depth:
        return ()
    if any((y + 1) * columns > pixels for y, pixels in enumerate(copied)):
        return ()
    return same_place(height * width * depth, rows * columns * channels)
