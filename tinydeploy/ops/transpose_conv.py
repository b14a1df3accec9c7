"""TRANSPOSE_CONV: filter OHWI; the output's shape is the tensor's."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinydeploy.fixedpoint import activation_range, quantize_multipliers
from tinydeploy.graph import Aim, Attrs, Call, Const, Graph, Node, Operand, Param, Tensor
from tinydeploy.ops import shapes

resolver = "AddTransposeConv"

FILTER, IMAGE, BIAS = 1, 2, 3  # inputs; the first is the output's shape


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {
        "padding": shapes.padding_name(options),
        "stride": (options.StrideH(), options.StrideW()),
        "activation": shapes.activation_name(options),
    }


def macs(graph: Graph, node: Node) -> int:
    """Input elements times the taps that each reaches, beyond the output included."""
    weights = graph.input(node, FILTER)
    return graph.input(node, IMAGE).size * (weights.size // weights.shape[3])


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    image, output, weights = graph.input(node, IMAGE), graph.output(node), _filter(graph, node)
    reason = (
        shapes.refuse_types((image, output))
        or shapes.refuse_sizes(image, weights, output)
        or shapes.refuse_filter(graph, node, channel_axis=0, bias=BIAS)
    )
    return reason or refuse_window(graph, node)


def refuse_window(graph: Graph, node: Node) -> str:
    """Why sizes, padding or activation are not what the kernels take; empty when they are."""
    image, output, weights = graph.input(node, IMAGE), graph.output(node), _filter(graph, node)
    if image.data is not None:
        return f"{image.name} is a constant"
    if node.attrs["activation"] not in shapes.FUSED:
        return f"fused activation {node.attrs['activation']}"
    if (weights.shape[0], weights.shape[3]) != (output.shape[3], image.shape[3]):
        return f"filter shape {weights.shape} does not fit {image.shape[3]} input channels"
    stride = node.attrs["stride"]
    assert isinstance(stride, tuple)
    for axis in (0, 1):
        sizes = (output.shape[axis + 1], image.shape[axis + 1], weights.shape[axis + 1])
        if not shapes.same_or_valid(str(node.attrs["padding"]), *sizes, stride[axis]):
            return f"output size {sizes[0]} does not follow from input, filter and stride"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_transpose_conv_s8."""
    image, output, weights = graph.input(node, IMAGE), graph.output(node), _filter(graph, node)
    assert weights.data is not None
    channels = output.shape[3]
    scales = weights.scales if len(weights.scales) > 1 else weights.scales * channels
    multipliers, shifts = quantize_multipliers([image.scale * s / output.scale for s in scales])
    low, high = activation_range(str(node.attrs["activation"]), output)
    bias = graph.input(node, BIAS).data if graph.has_input(node, BIAS) else None
    params: dict[str, Param] = {
        **geometry(graph, node),
        "input_offset": -image.zero_point,
        "output_offset": output.zero_point,
        "activation_min": low,
        "activation_max": high,
        "multiplier": Const("multiplier", np.array(multipliers, np.int32)),
        "shift": Const("shift", np.array(shifts, np.int8)),
    }
    return Call(
        node=node.index,
        kernel="td_transpose_conv_s8",
        params=tuple(params.items()),
        args=(
            Operand(image.index),
            Const("filter", weights.data),
            Const("bias", np.zeros(channels, np.int32) if bias is None else bias),
            Operand(output.index, output=True),
        ),
        sources=shapes.sources("td_transpose_conv_s8", "td_fixedpoint"),
    )


def geometry(graph: Graph, node: Node) -> dict[str, Param]:
    """Sizes and window as the kernels' parameters."""
    image, output, weights = graph.input(node, IMAGE), graph.output(node), _filter(graph, node)
    stride, padding = node.attrs["stride"], str(node.attrs["padding"])
    assert isinstance(stride, tuple)
    top, left = (
        shapes.pad_before(
            padding,
            output.shape[axis + 1],
            image.shape[axis + 1],
            weights.shape[axis + 1],
            stride[axis],
        )
        for axis in (0, 1)
    )
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
        "stride_height": stride[0],
        "stride_width": stride[1],
        "pad_top": top,
        "pad_left": left,
    }


def _filter(graph: Graph, node: Node) -> Tensor:
    return graph.input(node, FILTER)
