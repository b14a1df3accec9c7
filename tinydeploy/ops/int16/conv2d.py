"""CONV_2D on int16."""

from __future__ import annotations

import numpy as np

from tinydeploy.fixedpoint import activation_range
from tinydeploy.graph import Aim, Call, Const, Graph, Node, Operand, Param, Scratch
from tinydeploy.ops import conv2d, shapes
from tinydeploy.ops.int16 import packed, sums

_BIASES = ("int64", "int32")
_PACKED_SOURCES = (
    *shapes.sources("td_conv_2d_packed_s16", "td_finish_s16", "td_fixedpoint", "td_dsp_dw"),
    *shapes.sources("td_pixel_pairs_s16", "td_pixel_sums"),
    *shapes.sources("td_windows_s16", "td_window"),
)


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    return (
        sums.refuse_types((image, output))
        or shapes.refuse_sizes(image, weights, output)
        or sums.refuse_filter(graph, node, channel_axis=0, types=_BIASES)
        or sums.refuse_multipliers(sums.reals(image, weights, output))
        or conv2d.refuse_window(graph, node)
        or conv2d.refuse_groups(image, weights, output)
    )


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_conv_2d_packed_s16 where its proofs hold and the CPU has DSP instructions, else
    of td_conv_2d_s16."""
    image, weights = graph.input(node, 0), graph.input(node, 1)
    alone = image.shape[0] == 1 and weights.shape[3] == image.shape[3]
    if "dsp" not in aim.features or not alone or sums.is_narrow(graph, node):
        return reference(graph, node)
    return _packed(graph, node) or reference(graph, node)


def _packed(graph: Graph, node: Node) -> Call | None:
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    channels = output.shape[3]
    assert weights.data is not None
    rows = weights.data.reshape(channels, -1)
    bias = sums.bias_values(graph, node, channels)
    activation = activation_range(str(node.attrs["activation"]), output)
    reals = sums.reals(image, weights, output)
    finish = packed.finish(reals * (channels // len(reals)), activation)
    if isinstance(finish, str) or packed.refuse_sums(rows, bias):
        return None
    even = channels + channels % 2
    sizes = conv2d.geometry(graph, node)
    del sizes["batches"], sizes["filter_channels"]
    params: dict[str, Param] = {**sizes, "mode": finish.mode(channels), **finish.params(even)}
    return Call(
        node=node.index,
        kernel="td_conv_2d_packed_s16",
        params=tuple(params.items()),
        args=(
            Operand(image.index),
            Const("filter", packed.blocks(rows, 2, fill=True)),
            Const("bias", np.resize(bias, even).astype(np.int32)),
            Operand(output.index, output=True),
            Scratch(),
        ),
        scratch_bytes=8 * (-(-rows.shape[1] // 4) * 4),
        overlaps=((image.index, conv2d.block_steps(graph, node)),),
        sources=_PACKED_SOURCES,
    )


def reference(graph: Graph, node: Node) -> Call:
    """A call of td_conv_2d_s16, the portable kernel that takes every shape."""
    return sums.portable(
        graph,
        node,
        "td_conv_2d_s16",
        conv2d.geometry(graph, node),
        narrow=sums.is_narrow(graph, node),
        channels=graph.output(node).shape[3],
        overlaps=conv2d.overlaps(graph, node),
        headers=("td_window",),
    )
