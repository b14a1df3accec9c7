"""CONV_2D with a 4-bit filter."""

from __future__ import annotations

import numpy as np

from tinydeploy.fixedpoint import activation_range, quantize_multipliers
from tinydeploy.graph import Aim, Call, Const, Graph, Node, Operand, Param, Scratch
from tinydeploy.ops import conv2d, shapes
from tinydeploy.ops.int4 import nibbles

_EXACT, _ANY = range(2)  # td_pairs_mode_s4
_LEAST_SHIFT = -19  # of the mode EXACT
_WINDOW = ("td_nibbles", "td_window")
_SOURCES = (
    *shapes.sources("td_conv_2d_s4", "td_fixedpoint", *_WINDOW),
    *shapes.sources("td_window_bytes"),
)
_PACKED_SOURCES = (
    *shapes.sources("td_conv_2d_packed_s4", "td_lanes_s4", "td_dsp_dw", "td_fixedpoint", *_WINDOW),
    *shapes.sources("td_pixel_pairs_s4", "td_pixel_sums"),
    *shapes.sources("td_window_bytes"),
)


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    reason = (
        shapes.refuse_types((image, output))
        or shapes.refuse_sizes(image, weights, output)
        or shapes.refuse_filter(graph, node, channel_axis=0, dtype="int4")
        or conv2d.refuse_window(graph, node)
        or conv2d.refuse_groups(image, weights, output)
    )
    if not reason and weights.shape[3] != image.shape[3]:
        return "groups with 4-bit weights"
    return reason


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_conv_2d_packed_s4 where its proofs hold and the CPU has DSP instructions, else
    of td_conv_2d_s4."""
    image, weights = graph.input(node, 0), graph.input(node, 1)
    assert weights.data is not None
    rows = weights.data.reshape(weights.shape[0], -1)
    bias = conv2d.bias_values(graph, node, len(rows))
    reason = nibbles.refuse_fast(rows, bias, image.zero_point)
    if "dsp" not in aim.features or image.shape[0] != 1 or reason:
        return reference(graph, node)
    return _call(graph, node, fast=True)


def reference(graph: Graph, node: Node) -> Call:
    """A call of td_conv_2d_s4, the portable kernel that takes every shape."""
    return _call(graph, node, fast=False)


def _call(graph: Graph, node: Node, fast: bool) -> Call:
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    assert weights.data is not None
    rows = weights.data.reshape(weights.shape[0], -1)
    size = -(-rows.shape[1] // nibbles.GROUP) * nibbles.GROUP
    count = len(rows) + len(rows) % 2 if fast else len(rows)
    multipliers, shifts = _multipliers(graph, node)
    low, high = activation_range(str(node.attrs["activation"]), output)
    sizes = conv2d.geometry(graph, node)
    for name in ("filter_channels", "batches")[: 1 + fast]:
        del sizes[name]
    bias = conv2d.bias_values(graph, node, len(rows))
    folded = nibbles.folded_bias(rows, bias, image.zero_point)
    params: dict[str, Param] = {
        **sizes,
        "input_zero_point": image.zero_point,
        "output_offset": output.zero_point,
        "activation_min": low,
        "activation_max": high,
    }
    if fast:
        usual = (low, high) == (-128, 127) and max(shifts) < 0 and min(shifts) >= _LEAST_SHIFT
        params["mode"] = _EXACT if usual and count == len(rows) else _ANY
        shifts = [3 - shift for shift in shifts]
        folded = 16 * folded
    for name, values, dtype in (("multiplier", multipliers, np.int32), ("shift", shifts, np.int8)):
        params[name] = Const(name, np.resize(np.array(values, dtype), count))
    return Call(
        node=node.index,
        kernel="td_conv_2d_packed_s4" if fast else "td_conv_2d_s4",
        params=tuple(params.items()),
        args=(
            Operand(image.index),
            Const("filter", nibbles.blocks(rows, 2 if fast else 1, fill=fast)),
            Const("bias", np.resize(folded, count)),
            Operand(output.index, output=True),
            Scratch(),
        ),
        scratch_bytes=(9 if fast else 4) * size,
        overlaps=((image.index, conv2d.block_steps(graph, node)),) if image.shape[0] == 1 else (),
        sources=_PACKED_SOURCES if fast else _SOURCES,
    )


def _multipliers(graph: Graph, node: Node) -> tuple[list[int], list[int]]:
    image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    return quantize_multipliers([image.scale * s / output.scale for s in weights.scales])
