"""CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV on float32 images.

Weights lie in flash as the model has them, float32, halves or int8, and are expanded in registers;
the geometry is the int8 operators' own.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.arena import Step, forward
from tinydeploy.graph import Aim, Call, Graph, Node, Operand, Param
from tinydeploy.ops import conv2d, depthwise_conv2d, fully_connected, shapes, transpose_conv
from tinydeploy.ops.float32 import values
from tinydeploy.ops.transpose_conv import BIAS, FILTER, IMAGE

if TYPE_CHECKING:
    from tinydeploy.graph import Array

_PIXELS = 4  # that td_conv_2d_f32 takes at a time


class Conv:
    """CONV_2D, dilated and grouped."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
        return (
            values.refuse((image, output))
            or shapes.refuse_sizes(image, weights, output)
            or values.refuse_weights(graph, node, axis=0)
            or conv2d.refuse_window(graph, node)
            or conv2d.refuse_groups(image, weights, output)
        )

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_conv_2d_f32, or of the kernel that expands weights."""
        image, weights = graph.input(node, 0), graph.input(node, 1)
        return _call(
            graph,
            node,
            "conv_2d",
            conv2d.geometry(graph, node),
            groups=image.shape[3] // weights.shape[3],
            overlaps=((image.index, _steps(graph, node)),) if image.shape[0] == 1 else (),
        )


class Depthwise:
    """DEPTHWISE_CONV_2D."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
        return (
            values.refuse((image, output))
            or shapes.refuse_sizes(image, weights, output)
            or values.refuse_weights(graph, node, axis=3)
            or conv2d.refuse_window(graph, node)
            or depthwise_conv2d.refuse_channels(image, weights, output)
        )

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_depthwise_conv_2d_f32, or of the kernel that expands weights."""
        sizes = depthwise_conv2d.geometry(graph, node)
        overlaps = conv2d.overlaps(graph, node)
        return _call(graph, node, "depthwise_conv_2d", sizes, overlaps=overlaps)


class Dense:
    """FULLY_CONNECTED: a convolution of 1x1 over a row of batches."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        inputs, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
        reason = fully_connected.refuse_sizes(inputs, weights)
        if reason:
            return reason
        if node.attrs["shuffled"]:
            return "the weights are shuffled"
        return (
            values.refuse((inputs, output))
            or values.refuse_weights(graph, node, axis=0)
            or values.refuse_activation(node)
        )

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_conv_2d_f32, or of the kernel that expands weights."""
        outputs, inputs = graph.input(node, 1).shape
        batches = graph.input(node, 0).size // inputs
        ones = ("filter_height", "filter_width", "filter_channels", "stride_height")
        params: dict[str, Param] = {
            "batches": 1,
            "input_height": 1,
            "input_width": batches,
            "input_channels": inputs,
            "output_height": 1,
            "output_width": batches,
            "output_channels": outputs,
            **dict.fromkeys(ones, 1),
            "stride_width": 1,
            "dilation_height": 1,
            "dilation_width": 1,
            "pad_top": 0,
            "pad_left": 0,
            "filter_channels": inputs,
        }
        return _call(graph, node, "conv_2d", params, groups=1)


class Transposed:
    """TRANSPOSE_CONV; its inputs are the output's shape, filter, image and bias."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        image, output = graph.input(node, IMAGE), graph.output(node)
        return (
            values.refuse((image, output))
            or shapes.refuse_sizes(image, graph.input(node, FILTER), output)
            or values.refuse_weights(graph, node, axis=0, bias=BIAS)
            or transpose_conv.refuse_window(graph, node)
        )

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_transpose_conv_f32, or of the kernel that expands weights."""
        sizes = transpose_conv.geometry(graph, node)
        return _call(graph, node, "transpose_conv", sizes, IMAGE, BIAS)


def _steps(graph: Graph, node: Node) -> tuple[Step, ...]:
    """How td_conv_2d_f32 walks its image: up to four pixels of a row are written channel by channel
    while their windows are read."""
    image, output = graph.input(node, 0), graph.output(node)
    top, left = conv2d.pads(graph, node)
    stride = node.attrs["stride"]
    assert isinstance(stride, tuple)
    down, right = stride
    height, width = output.shape[1:3]
    each, written = image.bytes // (image.shape[1] * image.shape[2]), output.shape[3] * 4
    needed = image.bytes
    fronts = []
    for y, x in product(reversed(range(height)), reversed(range(0, width, _PIXELS))):
        # A step that ends at x may have begun three pixels before.
        first = max(max(x - _PIXELS + 1, 0) * right - left, 0)
        needed = min(needed, each * (max(y * down - top, 0) * image.shape[2] + first))
        fronts.append((needed, written * (y * width + min(x + _PIXELS, width))))
    return forward(fronts[::-1], image.bytes)


def _in_fours(filter_: Array, groups: int) -> Array:
    """A filter OHWI as the kernels take it: a group's channels in fours, the weights of a tap side
    by side, and what is left over of all groups behind them."""
    taps = filter_.reshape(groups, filter_.shape[0] // groups, -1)
    whole = taps.shape[1] // 4 * 4
    fours = taps[:, :whole].reshape(groups, whole // 4, 4, taps.shape[2]).swapaxes(2, 3)
    packed: Array = np.concatenate([fours.ravel(), taps[:, whole:].ravel()])
    return packed


def _call(
    graph: Graph,
    node: Node,
    kernel: str,
    params: dict[str, Param],
    image: int = 0,
    bias: int = 2,
    groups: int = 0,
    overlaps: tuple[tuple[int, tuple[Step, ...]], ...] = (),
) -> Call:
    """The call; with `groups` its filter lies in fours."""
    weights = values.weights(graph, node, graph.output(node).shape[-1], bias)
    name = f"td_{kernel}_{weights.suffix}"
    return Call(
        node=node.index,
        kernel=name,
        params=tuple({**params, **values.activation(node), **weights.params}.items()),
        args=(
            Operand(node.inputs[image]),
            replace(weights.filter, data=_in_fours(weights.filter.data, groups))
            if groups
            else weights.filter,
            weights.bias,
            Operand(node.outputs[0], output=True),
        ),
        overlaps=overlaps,
        sources=shapes.sources(name, f"td_{kernel}_float_body", "td_float", "td_window"),
    )
