"""Depthwise layers for the kernels that walk NHWC as it lies, and the proof that they may be used.

The requantization is explained in firmware/kernels/td_depthwise_nhwc.h and docs/engine.md.
"""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Const, Param
from tinydeploy.packing.depthwise import LEAST_WEIGHT_SHIFT, SHIFT, Depthwise, Packed, plain

COLUMNS = 8  # TD_NHWC_COLUMNS


def pack_nhwc(layer: Depthwise, batches: int = 1) -> Packed | str:
    """The layer, of `batches` images, for a td_depthwise_nhwc kernel, or why it cannot run."""
    reason = _refuse_nhwc(layer)
    if reason:
        return reason
    kernel = f"td_depthwise_nhwc_{'' if plain(layer) else 'any_'}s8"
    params: dict[str, Param] = {
        "batches": batches,
        "input_height": layer.input_shape[0],
        "input_width": layer.input_shape[1],
        "input_channels": layer.input_shape[2],
        "depth_multiplier": 1,
        "output_height": layer.output_shape[0],
        "output_width": layer.output_shape[1],
        "filter_height": layer.filter.shape[0],
        "filter_width": layer.filter.shape[1],
        "stride_height": layer.strides[0],
        "stride_width": layer.strides[1],
        "dilation_height": layer.dilations[0],
        "dilation_width": layer.dilations[1],
        "pad_top": layer.pad_top,
        "pad_left": layer.pad_left,
        "input_offset": -layer.input_zero,
        "output_offset": layer.output_zero,
        "activation_min": layer.activation_min,
        "activation_max": layer.activation_max,
        "multiplier": Const("multiplier", np.array(layer.multipliers, np.int32)),
        "shift": Const("shift", np.array(layer.shifts, np.int8)),
    }
    names = (f"{kernel}.c", f"{kernel}.h", "td_depthwise_nhwc.h", "td_depthwise_nhwc_body.h")
    shared = ("td_depthwise_conv_2d_s8.h", "td_depthwise_grid.h", "td_dsp_dw.h", "td_window.h")
    return Packed(
        kernel=kernel,
        params=tuple(params.items()),
        constants=(Const("filter", layer.filter), Const("bias", layer.bias)),
        scratch_bytes=8 * layer.filter.shape[0] * layer.filter.shape[1],
        steps=(),
        sources=tuple(f"kernels/{name}" for name in (*names, *shared)),
    )


def _refuse_nhwc(layer: Depthwise) -> str:
    if layer.output_shape[2] != layer.input_shape[2] or layer.input_shape[2] < 4:
        return "fewer than four channels, or a depth multiplier"
    if layer.filter.shape[1] > COLUMNS or not _windows_inside(layer):
        return "the window is too wide, or not in the image"
    largest = max(127 - layer.input_zero, 128 + layer.input_zero)
    sums = np.abs(layer.filter.astype(np.int64)).sum(axis=(0, 1))
    for c, (multiplier, shift) in enumerate(zip(layer.multipliers, layer.shifts, strict=True)):
        bound = int(sums[c]) * largest + abs(int(layer.bias[c]))
        left = SHIFT + 1 + shift
        if multiplier and not LEAST_WEIGHT_SHIFT <= left < 32:
            return f"channel {c}: its right shift is {-shift}"
        if multiplier and bound << left >= 1 << 31:
            return f"channel {c}: its accumulator may leave 32 bits"
    return ""


def _windows_inside(layer: Depthwise) -> bool:
    """Whether every window has a tap inside the image."""
    pads = (layer.pad_top, layer.pad_left)
    axes = zip(layer.input_shape, layer.output_shape, layer.filter.shape, layer.strides,
               layer.dilations, pads, strict=False)  # fmt: skip
    return all(
        any(0 <= out * stride - pad + tap * dilation < size for tap in range(taps))
        for size, outputs, taps, stride, dilation, pad in axes
        for out in range(outputs)
    )
