"""CONV_2D: filter OHWI, grouped when the filter has fewer input channels than the image."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from tinydeploy.arena import Step, Window, forward
from tinydeploy.fixedpoint import activation_range, quantize_multipliers
from tinydeploy.graph import Aim, Attrs, Call, Const, Graph, Node, Operand, Param, Tensor
from tinydeploy.ops import shapes
from tinydeploy.ops.packed import Packed as AnyPacked
from tinydeploy.ops.packed import call
from tinydeploy.packing import mve, scalar, winograd
from tinydeploy.packing.int8 import Convolution, pack_convolution

if TYPE_CHECKING:
    from tinydeploy.graph import Array

resolver = "AddConv2D"

BLOCK = 4  # pixels that the kernels with windows in scratch take at a time


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {
        "padding": shapes.padding_name(options),
        "stride": (options.StrideH(), options.StrideW()),
        "dilation": (options.DilationHFactor(), options.DilationWFactor()),
        "activation": shapes.activation_name(options),
        "bias_type": shapes.bias_type(options),
    }


def macs(graph: Graph, node: Node) -> int:
    """Output elements times the taps of one filter, padding included."""
    weights = graph.input(node, 1)
    return graph.output(node).size * (weights.size // weights.shape[0])


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    reason = (
        shapes.refuse_types((image, output))
        or shapes.refuse_sizes(image, weights, output)
        or shapes.refuse_filter(graph, node, channel_axis=0)
        or refuse_window(graph, node)
    )
    return reason or refuse_groups(image, weights, output)


def refuse_groups(image: Tensor, weights: Tensor, output: Tensor) -> str:
    """Why the channels do not fit each other; empty when they do."""
    groups, rest = divmod(image.shape[3], weights.shape[3])
    if rest or output.shape[3] % groups or output.shape[3] != weights.shape[0]:
        return f"filter shape {weights.shape} does not fit {image.shape[3]} input channels"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of the kernel with vector instructions where the CPU has them, of a packed kernel
    where its proofs hold, else of td_conv_2d_s8; of a dense kernel for few windows."""
    layer = _layer(graph, node)
    packed: AnyPacked | str = mve.pack_convolution(layer) if "mve" in aim.features else ""
    if not aim.features:
        packed = scalar.pack_convolution(layer)
    if isinstance(packed, str) and aim.optimize == "speed":
        packed = winograd.pack(layer)
    if isinstance(packed, str):
        # Multipliers made of scales save flash for scratch memory.
        packed = pack_convolution(replace(layer, scales=()) if aim.optimize == "size" else layer)
    if isinstance(packed, str):
        return reference(graph, node)
    return call(node, packed, graph.input(node, 0), graph.output(node))


def _layer(graph: Graph, node: Node) -> Convolution:
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    stride, dilation, _, activation = _window_attrs(node)
    multipliers, shifts = quantize_multipliers(
        [image.scale * scale / output.scale for scale in weights.scales]
    )
    assert weights.data is not None
    return Convolution(
        input=_size(image),
        output=_size(output),
        filter=weights.data.astype(np.int8, copy=False),
        bias=bias_values(graph, node, output.shape[3]).tolist(),
        multipliers=multipliers,
        shifts=shifts,
        input_zero_point=image.zero_point,
        output_zero_point=output.zero_point,
        activation=activation_range(activation, output),
        stride=(stride[0], stride[1]),
        dilation=(dilation[0], dilation[1]),
        pad=pads(graph, node),
        batches=image.shape[0],
        scales=weights.scales,
        ratio=image.scale / output.scale,
    )


def _size(image: Tensor) -> tuple[int, int, int]:
    return image.shape[1], image.shape[2], image.shape[3]


def reference(graph: Graph, node: Node) -> Call:
    """A call of td_conv_2d_s8, the portable kernel that takes every shape."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    bias = bias_values(graph, node, output.shape[3])
    params: dict[str, Param] = {
        **geometry(graph, node),
        **quantization(graph, node, output.shape[3]),
    }
    assert weights.data is not None
    return Call(
        node=node.index,
        kernel="td_conv_2d_s8",
        params=tuple(params.items()),
        args=(
            Operand(image.index),
            Const("filter", weights.data),
            Const("bias", bias),
            Operand(output.index, output=True),
        ),
        overlaps=overlaps(graph, node),
        sources=shapes.sources("td_conv_2d_s8", "td_fixedpoint", "td_window"),
    )


def geometry(graph: Graph, node: Node) -> dict[str, Param]:
    """Sizes and window of a convolution as the portable kernels' parameters."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    return {
        "batches": image.shape[0],
        "input_height": image.shape[1],
        "input_width": image.shape[2],
        "input_channels": image.shape[3],
        "output_height": output.shape[1],
        "output_width": output.shape[2],
        "output_channels": output.shape[3],
        "filter_height": weights.shape[1],
        "filter_width": weights.shape[2],
        "filter_channels": weights.shape[3],
        **window(graph, node),
    }


def refuse_window(graph: Graph, node: Node) -> str:
    """Why stride, dilation, padding or activation are not what the kernels take."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    stride, dilation, padding, activation = _window_attrs(node)
    if activation not in shapes.FUSED:
        return f"fused activation {activation}"
    for axis in (0, 1):
        size, padding_name = image.shape[axis + 1], padding
        if padding == "EXPLICIT":  # what passes.merge_padding makes of a PAD before the convolution
            size, padding_name = size + sum(_explicit_pads(node, axis)), "VALID"
        sizes = (size, output.shape[axis + 1], weights.shape[axis + 1])
        if not shapes.same_or_valid(padding_name, *sizes, stride[axis], dilation[axis]):
            return f"output size {sizes[1]} does not follow from input, filter and stride"
    return ""


def window(graph: Graph, node: Node) -> dict[str, Param]:
    """Stride, dilation and padding of a convolution as kernel parameters."""
    stride, dilation, _, _ = _window_attrs(node)
    pad = pads(graph, node)
    return {
        "stride_height": stride[0],
        "stride_width": stride[1],
        "dilation_height": dilation[0],
        "dilation_width": dilation[1],
        "pad_top": pad[0],
        "pad_left": pad[1],
    }


def pads(graph: Graph, node: Node) -> tuple[int, int]:
    """Rows above and columns left of the image."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    stride, dilation, padding, _ = _window_attrs(node)
    if padding == "EXPLICIT":
        return _explicit_pads(node, 0)[0], _explicit_pads(node, 1)[0]
    top, left = (
        shapes.pad_before(
            padding,
            image.shape[axis + 1],
            output.shape[axis + 1],
            weights.shape[axis + 1],
            stride[axis],
            dilation[axis],
        )
        for axis in (0, 1)
    )
    return top, left


def overlaps(graph: Graph, node: Node) -> tuple[tuple[int, tuple[Step, ...]], ...]:
    """How a convolution's output may lie over its input."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    stride, dilation, _, _ = _window_attrs(node)
    sizes = (image.shape[1], output.shape[1], weights.shape[1], stride[0])
    window = Window(*sizes, pads(graph, node)[0], dilation[0])
    return (
        (image.index, shapes.window_steps(image, output, window, weights.shape[2] * stride[1])),
    )


def block_steps(graph: Graph, node: Node) -> tuple[Step, ...]:
    """How kernels walk input and output that take four pixels at a time: their windows are read
    before they are written, and what the windows still to come begin with is needed."""
    image, output = graph.input(node, 0), graph.output(node)
    stride, _, _, _ = _window_attrs(node)
    top, left = pads(graph, node)
    count = output.shape[1] * output.shape[2]
    each = image.bytes // (image.shape[1] * image.shape[2])
    firsts = [
        each * (max(y * stride[0] - top, 0) * image.shape[2] + max(x * stride[1] - left, 0))
        for y, x in product(range(output.shape[1]), range(output.shape[2]))
    ]
    needed = image.bytes
    fronts = []
    for start in reversed(range(0, count, BLOCK)):
        stop = min(start + BLOCK, count)
        fronts.append((needed, stop * (output.bytes // count)))
        needed = min(needed, *firsts[start:stop])
    return forward(fronts[::-1], image.bytes)


def quantization(graph: Graph, node: Node, channels: int) -> dict[str, Param]:
    """Offsets, activation range and per-channel multipliers of a convolution."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    scales = weights.scales if len(weights.scales) > 1 else weights.scales * channels
    multipliers, shifts = quantize_multipliers([image.scale * s / output.scale for s in scales])
    low, high = activation_range(str(node.attrs["activation"]), output)
    return {
        "input_offset": -image.zero_point,
        "output_offset": output.zero_point,
        "activation_min": low,
        "activation_max": high,
        "multiplier": Const("multiplier", np.array(multipliers, np.int32)),
        "shift": Const("shift", np.array(shifts, np.int8)),
    }


def bias_values(graph: Graph, node: Node, channels: int) -> Array:
    """The bias; zeros when it is absent."""
    data = graph.input(node, 2).data if graph.has_input(node, 2) else None
    return np.zeros(channels, np.int32) if data is None else data


def _explicit_pads(node: Node, axis: int) -> tuple[int, int]:
    """Padding before and after the image along height (0) or width (1)."""
    before, after = (("pad_top", "pad_bottom"), ("pad_left", "pad_right"))[axis]
    return int(node.attrs[before]), int(node.attrs[after])  # type: ignore[arg-type]


def _window_attrs(node: Node) -> tuple[tuple[int, ...], tuple[int, ...], str, str]:
    stride, dilation = node.attrs["stride"], node.attrs["dilation"]
    assert isinstance(stride, tuple) and isinstance(dilation, tuple)
    return stride, dilation, str(node.attrs["padding"]), str(node.attrs["activation"])
