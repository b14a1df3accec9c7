"""Geometry and checks that several operators share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tflite

from tinydeploy.arena import Step, Window, pixels, rows
from tinydeploy.graph import Graph, Node, Tensor

_ACTIVATIONS = {v: k for k, v in vars(tflite.ActivationFunctionType).items() if k[0] != "_"}
_PADDINGS = {v: k for k, v in vars(tflite.Padding).items() if k[0] != "_"}

FUSED = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
INT16_MAX = 2**15 - 1
TOO_FINE = "the output's scale is too small for the inputs' (a multiplier above one)"

_STEPS = 64  # how finely a walk over pixels is described to the memory planner


def activation_name(options: Any) -> str:
    """The fused activation of an options table: NONE, RELU, …"""
    if options is None:
        return "NONE"
    return str(_ACTIVATIONS[options.FusedActivationFunction()])


def bias_type(options: Any) -> str:
    """What the sums of a layer without a bias are: int32, int64 or, where the file tells nothing,
    an empty text."""
    if options is None or not hasattr(options, "QuantizedBiasType"):
        return ""
    return {tflite.TensorType.INT32: "int32", tflite.TensorType.INT64: "int64"}.get(
        options.QuantizedBiasType(), ""
    )


def padding_name(options: Any) -> str:
    """SAME or VALID."""
    return str(_PADDINGS[options.Padding()])


def pad_before(
    padding: str, size: int, output_size: int, taps: int, stride: int, dilation: int = 1
) -> int:
    """Padding before the image: none for VALID; SAME puts an odd row or column after it."""
    if padding == "VALID":
        return 0
    reach = (taps - 1) * dilation + 1
    return max((output_size - 1) * stride + reach - size, 0) // 2


def same_or_valid(
    padding: str, size: int, output_size: int, taps: int, stride: int, dilation: int = 1
) -> bool:
    """Whether the output's size is what this window gives on an image of this size."""
    reach = (taps - 1) * dilation + 1 if padding == "VALID" else 1
    return output_size == (size + stride - reach) // stride


def window_steps(image: Tensor, output: Tensor, window: Window, width: int) -> tuple[Step, ...]:
    """How the reference kernels walk an image and their output: a pixel is written channel by
    channel while its window is read. None when the batches would be walked one after the other.

    `width` is the product of the window's taps and stride sideways, 1 for a pointwise kernel.
    """
    if image.shape[0] != 1:
        return ()
    if width == window.kernel == window.stride == 1:
        count = output.shape[1] * output.shape[2]
        block = max(1, count // _STEPS)
        each = [tensor.bytes // count for tensor in (image, output)]
        return pixels(count, *each, block=block, hold="direct")
    row_bytes = [tensor.bytes // tensor.shape[1] for tensor in (image, output)]
    return rows(window, row_bytes[0], row_bytes[1], hold="direct")


def refuse_types(tensors: Sequence[Tensor], dtype: str = "int8") -> str:
    """Why tensors cannot be quantized kernel operands; empty when they can."""
    for tensor in tensors:
        if tensor.dtype != dtype:
            return f"{tensor.name} is {tensor.dtype}, not {dtype}"
        if len(tensor.scales) != 1:
            return f"{tensor.name} is not quantized per tensor"
    return ""


def refuse_scales(inputs: Sequence[Tensor], output: Tensor) -> str:
    """Why tensors are not all quantized as `output` is; empty when they are."""
    for tensor in inputs:
        if tensor.scales != output.scales or tensor.zero_points != output.zero_points:
            return f"{tensor.name} has another scale than {output.name}"
    return ""


def refuse_weights(weights: Tensor, channel_axis: int, dtype: str = "int8") -> str:
    """Why a tensor is no filter of a quantized kernel: constant, symmetric, one scale or one for
    each channel."""
    if weights.dtype != dtype or weights.data is None:
        return f"filter {weights.name} is not a constant {dtype} tensor"
    if any(weights.zero_points):
        return f"filter {weights.name} has a zero point other than 0"
    channels = weights.shape[channel_axis]
    if len(weights.scales) not in (1, channels):
        return f"filter {weights.name} has {len(weights.scales)} scales for {channels} channels"
    if len(weights.scales) > 1 and weights.axis != channel_axis:
        return f"filter {weights.name} is quantized along axis {weights.axis}"
    return ""


def refuse_filter(
    graph: Graph, node: Node, channel_axis: int, bias: int = 2, dtype: str = "int8"
) -> str:
    """Why filter (input 1) and bias (input `bias`) are not what the kernels with int8 activations
    take."""
    weights = graph.input(node, 1)
    reason = refuse_weights(weights, channel_axis, dtype)
    if reason:
        return reason
    if 255 * 128 * (weights.size // weights.shape[channel_axis]) > 2**31:
        return f"filter {weights.name} has so many taps that 32-bit sums overflow"
    if graph.has_input(node, bias):
        added = graph.input(node, bias)
        if added.dtype != "int32" or added.data is None:
            return f"bias {added.name} is not a constant int32 tensor"
    return ""


def refuse_sizes(*tensors: Tensor) -> str:
    """Why tensors do not fit 16-bit dimensions and image layout; empty when they do."""
    for tensor in tensors:
        if len(tensor.shape) != 4:
            return f"{tensor.name} has {len(tensor.shape)} dimensions, not 4"
        if max(tensor.shape) > INT16_MAX:
            return f"{tensor.name} has a dimension above {INT16_MAX}"
    return ""


def sources(kernel: str, *headers: str) -> tuple[str, ...]:
    """The C files of a kernel, relative to `firmware/`."""
    names = (f"{kernel}.c", f"{kernel}.h", *(f"{header}.h" for header in headers))
    return tuple(f"kernels/{name}" for name in names)
