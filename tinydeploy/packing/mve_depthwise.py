"""Depthwise layers for td_depthwise_mve_s8 and td_depthwise_channels_mve_s8, whose headers tell the
formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.graph import Const, Param
from tinydeploy.packing.depthwise import Depthwise, Packed, in_place_steps, transposed
from tinydeploy.packing.format import Dense
from tinydeploy.packing.mve import VECTOR, Channels, sources

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Int8 = NDArray[np.int8]

LANES = 4  # neighbouring outputs that are computed at a time
_ROW_COSTS = ((4, 86), (2, 47), (1, 33))  # instructions for LANES outputs in so many rows
_ANY_WINDOW = 2.5  # times as many for other windows than 3x3, strides and dilations
_CHANNEL_COST = 300  # and of a channel, copied to a plane
_COPY_COST = 1.6  # of each of its pixels
_PIXEL_COST = 140  # of VECTOR channels of an output pixel
_WIDENED = [0, 4, 8, 12, 2, 6, 10, 14, 1, 5, 9, 13, 3, 7, 11, 15]
_MOST_BYTES = 2**16  # between the outputs that are stored at a time, or inputs that are loaded


def pack(layer: Depthwise, scratch_limit: int) -> Packed | str:
    """The layer for td_depthwise_channels_mve_s8 or td_depthwise_mve_s8, the faster one that takes
    it, or why neither does."""
    rows, columns, channels = layer.output_shape
    by_channels = pack_channels(layer)
    in_channels = rows * columns * -(-channels // VECTOR) * _PIXEL_COST
    copied = _CHANNEL_COST + layer.input_shape[0] * layer.input_shape[1] * _COPY_COST
    in_planes = channels * (min(_cost(layer), _cost(transposed(layer))) + copied)
    if (
        isinstance(by_channels, Packed)
        and by_channels.scratch_bytes <= scratch_limit
        and in_channels < in_planes
    ):
        return by_channels
    return pack_planes(layer, scratch_limit)


def pack_channels(layer: Depthwise) -> Packed | str:
    """The layer for td_depthwise_channels_mve_s8, or why it cannot run there."""
    channels = Channels.of(_as_dense(layer))
    if isinstance(channels, str):
        return channels
    depth = layer.input_shape[2]
    if layer.filter.shape[:2] != (3, 3) or layer.dilations != (1, 1):
        return "not a window of 3x3"
    if layer.output_shape[2] != depth or layer.filter.min(initial=0) == -128:
        return "a depth multiplier, or a weight of -128"
    params: dict[str, Param] = {
        "input_height": layer.input_shape[0],
        "input_width": layer.input_shape[1],
        "channels": depth,
        "output_height": layer.output_shape[0],
        "output_width": layer.output_shape[1],
        "stride_height": layer.strides[0],
        "stride_width": layer.strides[1],
        "pad_top": layer.pad_top,
        "pad_left": layer.pad_left,
        "input_zero_point": layer.input_zero,
        "output_zero_point": layer.output_zero,
        "linear": int(channels.linear),
        "activation_min": layer.activation_min,
        "activation_max": layer.activation_max,
    }
    return Packed(
        kernel="td_depthwise_channels_mve_s8",
        params=tuple(params.items()),
        constants=(Const("filter", _groups(layer, channels)),),
        scratch_bytes=3 * VECTOR * ((layer.output_shape[1] - 1) * layer.strides[1] + 3),
        steps=in_place_steps(layer),
        sources=sources("td_depthwise_channels_mve_s8"),
    )


def _groups(layer: Depthwise, channels: Channels) -> Int8:
    """VECTOR channels at a time: their weights, and constants in the order of widened lanes."""
    missing = -layer.filter.shape[2] % VECTOR
    taps = np.pad(layer.filter.reshape(-1, layer.filter.shape[2]), ((0, 0), (0, missing)))
    vectors = taps.reshape(len(taps), -1, VECTOR).swapaxes(0, 1)
    parts = [np.ascontiguousarray(vectors).reshape(len(vectors), -1)]
    for values, filling in ((channels.bias, 0), (channels.multiplier, 0), (channels.shift, -1)):
        filled = np.pad(values, (0, missing), constant_values=filling)
        ordered = np.ascontiguousarray(filled.reshape(-1, VECTOR)[:, _WIDENED])
        parts.append(ordered.view(np.int8).reshape(len(vectors), -1))
    return np.hstack(parts).reshape(-1)


def pack_planes(layer: Depthwise, scratch_limit: int) -> Packed | str:
    """The layer for td_depthwise_mve_s8 with at most `scratch_limit` bytes of scratch memory if
    that is possible at all, or why it cannot run there."""
    channels = Channels.of(_as_dense(layer))
    if isinstance(channels, str):
        return channels
    depth, outputs = layer.input_shape[2], layer.output_shape[2]
    steps = {
        "input_right": depth,
        "input_down": layer.input_shape[1] * depth,
        "output_right": outputs,
        "output_down": layer.output_shape[1] * outputs,
    }
    lying = layer
    turned = transposed(layer)
    if _cost(turned) < _cost(layer) and _strip_rows(turned, scratch_limit) == layer.output_shape[1]:
        lying = turned
        for kind in ("input", "output"):
            right, down = f"{kind}_right", f"{kind}_down"
            steps[right], steps[down] = steps[down], steps[right]
    strip_rows = _strip_rows(lying, scratch_limit)
    stored = 3 * steps["output_right"] + steps["output_down"]
    loaded = 7 * lying.strides[1] * steps["input_right"]
    if max(stored, loaded) >= _MOST_BYTES:
        return "the image is too large"
    whole = strip_rows == lying.output_shape[0]
    params: dict[str, Param] = {
        "input_height": lying.input_shape[0],
        "input_width": lying.input_shape[1],
        "channels": depth,
        "depth_multiplier": outputs // depth,
        "output_height": lying.output_shape[0],
        "output_width": lying.output_shape[1],
        **steps,
        "filter_height": lying.filter.shape[0],
        "filter_width": lying.filter.shape[1],
        "stride_height": lying.strides[0],
        "stride_width": lying.strides[1],
        "dilation_height": lying.dilations[0],
        "dilation_width": lying.dilations[1],
        "pad_top": lying.pad_top,
        "pad_left": lying.pad_left,
        "strip_rows": strip_rows,
        "column_bytes": _column_bytes(lying),
        "input_zero_point": layer.input_zero,
        "output_zero_point": layer.output_zero,
        "linear": int(channels.linear),
        "activation_min": layer.activation_min,
        "activation_max": layer.activation_max,
    }
    return Packed(
        kernel="td_depthwise_mve_s8",
        params=tuple(params.items()),
        constants=(Const("filter", _records(lying, channels)),),
        scratch_bytes=_scratch_bytes(lying, strip_rows),
        steps=in_place_steps(layer, whole) if whole or lying is layer else (),
        sources=sources("td_depthwise_mve_s8", headers=("td_mve_depthwise_3x3",)),
    )


def _as_dense(layer: Depthwise) -> Dense:
    """A layer with the same channels."""
    taps = layer.filter.reshape(-1, layer.filter.shape[2]).T
    return Dense(
        batches=1,
        filter=taps,
        bias=layer.bias.tolist(),
        multipliers=layer.multipliers,
        shifts=layer.shifts,
        input_zero_point=layer.input_zero,
        output_zero_point=layer.output_zero,
        activation=(layer.activation_min, layer.activation_max),
    )


def _records(layer: Depthwise, channels: Channels) -> Int8:
    """Each channel's weights, column by column, and constants."""
    taps = layer.filter.transpose(2, 1, 0)
    parts = (taps, channels.bias, channels.multiplier, channels.shift)
    count = layer.filter.shape[2]
    columns = [np.ascontiguousarray(part).reshape(count, -1).view(np.int8) for part in parts]
    return np.hstack(columns).reshape(-1)


def _cost(layer: Depthwise) -> float:
    """About how many instructions a channel takes on its plane."""
    rows, columns, _ = layer.output_shape
    each = 0
    for count, cost in _ROW_COSTS:
        each += rows // count * cost
        rows %= count
    plain = layer.filter.shape[:2] == (3, 3) and (*layer.strides, *layer.dilations) == (1,) * 4
    return -(-columns // LANES) * each * (1 if plain else _ANY_WINDOW)


def _column_bytes(layer: Depthwise) -> int:
    """Of every stride-th column: what LANES at a time reach."""
    taps = (layer.filter.shape[1] - 1) * layer.dilations[1]
    return int(-(-layer.output_shape[1] // LANES) * LANES + taps // layer.strides[1])


def _scratch_bytes(layer: Depthwise, strip_rows: int) -> int:
    reach = (layer.filter.shape[0] - 1) * layer.dilations[0] + 1
    rows = (strip_rows - 1) * layer.strides[0] + reach
    return int(rows * layer.strides[1] * _column_bytes(layer))


def _strip_rows(layer: Depthwise, scratch_limit: int) -> int:
    """All output rows, or the largest multiple of four that the limit allows, at least four."""
    rows = layer.output_shape[0]
    if _scratch_bytes(layer, rows) <= scratch_limit:
        return rows
    strip = rows // 4 * 4
    while strip > 4 and _scratch_bytes(layer, strip) > scratch_limit:
        strip -= 4
    return strip or rows
