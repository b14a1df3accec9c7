"""DEPTHWISE_CONV_2D: filter 1HWC with C = input channels times depth multiplier."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tinydeploy.fixedpoint import activation_range, quantize_multipliers
from tinydeploy.graph import Aim, Attrs, Call, Const, Graph, Node, Operand, Param, Tensor
from tinydeploy.ops import conv2d, shapes
from tinydeploy.ops.packed import call
from tinydeploy.packing import mve_depthwise
from tinydeploy.packing.depthwise import Depthwise, Packed, pack_3x3, pack_window, trimmed
from tinydeploy.packing.depthwise_nhwc import pack_nhwc

resolver = "AddDepthwiseConv2D"

# Bytes of scratch memory per mode; images that need much more are walked in strips.
_SCRATCH_LIMIT = {"balanced": 2048, "speed": 2048, "size": 1024}
_FEW_OUTPUTS = 3  # of a channel, below which unpacking it costs more than it saves


def read(options: Any) -> Attrs:
    """Options as plain attributes; the depth multiplier follows from the shapes."""
    return conv2d.read(options)


def macs(graph: Graph, node: Node) -> int:
    """Output elements times the taps of one filter, padding included."""
    weights = graph.input(node, 1)
    return graph.output(node).size * weights.shape[1] * weights.shape[2]


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    reason = (
        shapes.refuse_types((image, output))
        or shapes.refuse_sizes(image, weights, output)
        or shapes.refuse_filter(graph, node, channel_axis=3)
        or conv2d.refuse_window(graph, node)
    )
    return reason or refuse_channels(image, weights, output)


def refuse_channels(image: Tensor, weights: Tensor, output: Tensor) -> str:
    """Why the channels do not fit each other; empty when they do."""
    channels = output.shape[3]
    if weights.shape[0] != 1 or weights.shape[3] != channels or channels % image.shape[3]:
        return f"filter shape {weights.shape} does not fit {image.shape[3]} input channels"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of the kernel with vector instructions where the CPU has them, of a packed kernel on
    planes where outputs share enough, else of one on NHWC; without their proofs, of
    td_depthwise_direct_s8 or td_depthwise_conv_2d_s8."""
    image, output = graph.input(node, 0), graph.output(node)
    layer = trimmed(_layer(graph, node))
    direct = image.shape[3] == output.shape[3] >= 4
    few = direct and output.shape[1] * output.shape[2] <= _FEW_OUTPUTS
    packed = _packed(layer, aim) if image.shape[0] == 1 and not few else "planes do not pay"
    if isinstance(packed, str) or ("mve" not in aim.features and _shares_little(layer)):
        on_nhwc = pack_nhwc(layer, image.shape[0])
        packed = on_nhwc if isinstance(on_nhwc, Packed) else packed
    if isinstance(packed, str):
        return _direct(graph, node) if direct else reference(graph, node)
    return call(node, packed, image, output)


def _shares_little(layer: Depthwise) -> bool:
    """Whether windows are so far apart, or for their distance so few, that planes do not pay."""
    rows, columns, _ = layer.output_shape
    down, right = layer.dilations
    alike = -(-rows // down) * -(-columns // right)  # outputs that share planes
    pixels = layer.strides[0] * layer.strides[1]  # of the input, for each of the output
    if pixels >= 9 or (pixels > 1 and down * right > 1):
        return True
    # Not 3x3 of stride 2: the kernel for that is in most networks, and this one is 1.7 KB more.
    wide = down * right > 1 or layer.filter[..., 0].size > 9
    return alike <= 9 and wide and 1 not in layer.filter.shape[:2]


def _layer(graph: Graph, node: Node) -> Depthwise:
    """The node as a layer of one image."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    channels = output.shape[3]
    scales = weights.scales if len(weights.scales) > 1 else weights.scales * channels
    multipliers, shifts = quantize_multipliers([image.scale * s / output.scale for s in scales])
    low, high = activation_range(str(node.attrs["activation"]), output)
    stride, dilation = node.attrs["stride"], node.attrs["dilation"]
    assert weights.data is not None and isinstance(stride, tuple) and isinstance(dilation, tuple)
    top, left = conv2d.pads(graph, node)
    return Depthwise(
        input_shape=(image.shape[1], image.shape[2], image.shape[3]),
        output_shape=(output.shape[1], output.shape[2], channels),
        filter=weights.data[0].astype(np.int8, copy=False),
        bias=conv2d.bias_values(graph, node, channels).astype(np.int32, copy=False),
        multipliers=tuple(multipliers),
        shifts=tuple(shifts),
        strides=(stride[0], stride[1]),
        dilations=(dilation[0], dilation[1]),
        pad_top=top,
        pad_left=left,
        input_zero=image.zero_point,
        output_zero=output.zero_point,
        activation_min=low,
        activation_max=high,
        scales=tuple(scales),
        ratio=image.scale / output.scale,
    )


def _packed(layer: Depthwise, aim: Aim) -> Packed | str:
    scratch_limit = _SCRATCH_LIMIT[aim.optimize]
    if "mve" in aim.features:
        packed = mve_depthwise.pack(layer, scratch_limit)
        if isinstance(packed, Packed):
            return packed
    if 1 not in layer.filter.shape[:2]:
        packed = pack_3x3(layer, scratch_limit)
        if isinstance(packed, Packed):
            return packed
    return pack_window(layer, scratch_limit)


def _direct(graph: Graph, node: Node) -> Call:
    """A call of td_depthwise_direct_s8, which takes what the portable kernel takes."""
    kernel, portable = "td_depthwise_direct_s8", reference(graph, node)
    headers = ("td_depthwise_conv_2d_s8", "td_dsp_dw", "td_fixedpoint", "td_window")
    return replace(portable, kernel=kernel, sources=shapes.sources(kernel, *headers))


def reference(graph: Graph, node: Node) -> Call:
    """A call of td_depthwise_conv_2d_s8, the portable kernel that takes every shape."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    params: dict[str, Param] = {
        **geometry(graph, node),
        **conv2d.quantization(graph, node, output.shape[3]),
    }
    assert weights.data is not None
    return Call(
        node=node.index,
        kernel="td_depthwise_conv_2d_s8",
        params=tuple(params.items()),
        args=(
            Operand(image.index),
            Const("filter", weights.data),
            Const("bias", conv2d.bias_values(graph, node, output.shape[3])),
            Operand(output.index, output=True),
        ),
        overlaps=conv2d.overlaps(graph, node),
        sources=shapes.sources("td_depthwise_conv_2d_s8", "td_fixedpoint", "td_window"),
    )


def geometry(graph: Graph, node: Node) -> dict[str, Param]:
    """Sizes and window as the portable kernels' parameters."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    return {
        "batches": image.shape[0],
        "input_height": image.shape[1],
        "input_width": image.shape[2],
        "input_channels": image.shape[3],
        "depth_multiplier": output.shape[3] // image.shape[3],
        "output_height": output.shape[1],
        "output_width": output.shape[2],
        "filter_height": weights.shape[1],
        "filter_width": weights.shape[2],
        **conv2d.window(graph, node),
    }
