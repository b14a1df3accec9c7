"""DEPTHWISE_CONV_2D on int16."""

from __future__ import annotations

import numpy as np

from tinydeploy.fixedpoint import activation_range
from tinydeploy.graph import Aim, Call, Const, Graph, Node, Operand, Param, Scratch
from tinydeploy.ops import conv2d, depthwise_conv2d, shapes
from tinydeploy.ops.int16 import packed, sums

_OUTPUTS = 4  # that the fast kernel makes at a time
_STRIDES = (1, 2)  # sideways, that it has code for


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    return (
        sums.refuse_types((image, output))
        or shapes.refuse_sizes(image, weights, output)
        or sums.refuse_filter(graph, node, channel_axis=3)
        or sums.refuse_multipliers(sums.reals(image, weights, output))
        or conv2d.refuse_window(graph, node)
        or depthwise_conv2d.refuse_channels(image, weights, output)
    )


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_depthwise_packed_s16 where its proofs hold and the CPU has DSP instructions,
    else of td_depthwise_conv_2d_s16."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    alone = image.shape[0] == 1 and output.shape[3] == image.shape[3]
    even = output.shape[3] % 2 == 0
    if "dsp" not in aim.features or not (alone and even) or weights.size == output.shape[3]:
        return reference(graph, node)
    return _packed(graph, node) or reference(graph, node)


def _packed(graph: Graph, node: Node) -> Call | None:
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    channels = output.shape[3]
    assert weights.data is not None
    taps = weights.data.reshape(-1, channels)
    bias = sums.bias_values(graph, node, channels)
    activation = activation_range(str(node.attrs["activation"]), output)
    reals = sums.reals(image, weights, output)
    finish = packed.finish(reals * (channels // len(reals)), activation)
    if isinstance(finish, str) or packed.refuse_sums(taps.T, bias):
        return None
    stride, dilation = node.attrs["stride"], node.attrs["dilation"]
    assert isinstance(stride, tuple) and isinstance(dilation, tuple)
    if stride[1] not in _STRIDES:
        return None
    outputs = -(-output.shape[2] // _OUTPUTS) * _OUTPUTS
    columns = (outputs - 1) * stride[1] + (weights.shape[2] - 1) * dilation[1] + 1
    params: dict[str, Param] = {
        "input_height": image.shape[1],
        "input_width": image.shape[2],
        "channels": channels,
        "output_height": output.shape[1],
        "output_width": output.shape[2],
        "filter_height": weights.shape[1],
        "filter_width": weights.shape[2],
        **conv2d.window(graph, node),
        "columns": columns,
        "mode": min(finish.mode(channels), packed.ANY),
        **finish.params(channels),
    }
    pairs = taps.reshape(-1, channels // 2, 2).swapaxes(0, 1)
    return Call(
        node=node.index,
        kernel="td_depthwise_packed_s16",
        params=tuple(params.items()),
        args=(
            Operand(image.index),
            Const("filter", np.ascontiguousarray(pairs, np.int16)),
            Const("bias", bias.astype(np.int32)),
            Operand(output.index, output=True),
            Scratch(),
        ),
        scratch_bytes=4 * weights.shape[1] * columns,
        overlaps=conv2d.overlaps(graph, node),
        sources=shapes.sources(
            "td_depthwise_packed_s16", "td_finish_s16", "td_fixedpoint", "td_dsp_dw"
        ),
    )


def reference(graph: Graph, node: Node) -> Call:
    """A call of td_depthwise_conv_2d_s16, the portable kernel that takes every shape."""
    return sums.portable(
        graph,
        node,
        "td_depthwise_conv_2d_s16",
        depthwise_conv2d.geometry(graph, node),
        channels=graph.output(node).shape[3],
        overlaps=conv2d.overlaps(graph, node),
        headers=("td_window",),
    )
