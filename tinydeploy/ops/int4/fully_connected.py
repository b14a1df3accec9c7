"""FULLY_CONNECTED with 4-bit weights, of one scale or of one for each output."""

from __future__ import annotations

import numpy as np

from tinydeploy.fixedpoint import activation_range, quantize_multipliers
from tinydeploy.graph import Aim, Arg, Call, Const, Graph, Node, Operand, Param, Scratch
from tinydeploy.ops import fully_connected, shapes
from tinydeploy.ops.conv2d import bias_values
from tinydeploy.ops.int4 import nibbles


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    return (
        fully_connected.refuse_sizes(values, weights)
        or shapes.refuse_types((values, output))
        or shapes.refuse_filter(graph, node, channel_axis=0, dtype="int4")
        or fully_connected.refuse_options(graph, node)
    )


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_fully_connected_packed_s4 where its proofs hold and the CPU has DSP
    instructions, else of td_fully_connected_s4."""
    values, weights = graph.input(node, 0), graph.input(node, 1)
    assert weights.data is not None
    bias = bias_values(graph, node, weights.shape[0])
    reason = nibbles.refuse_fast(weights.data, bias, values.zero_point)
    if "dsp" not in aim.features or reason:
        return reference(graph, node)
    return _call(graph, node, fast=True)


def reference(graph: Graph, node: Node) -> Call:
    """A call of td_fully_connected_s4, the portable kernel."""
    return _call(graph, node, fast=False)


def _call(graph: Graph, node: Node, fast: bool) -> Call:
    values, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    outputs, inputs = weights.shape
    multipliers, shifts = _multipliers(graph, node)
    low, high = activation_range(str(node.attrs["activation"]), output)
    assert weights.data is not None
    bias = bias_values(graph, node, outputs)
    params: dict[str, Param] = {
        "batches": values.size // inputs,
        "input_size": inputs,
        "output_size": outputs,
        "per_channel": int(len(multipliers) > 1),
        "output_offset": output.zero_point,
        "activation_min": low,
        "activation_max": high,
        "multiplier": Const("multiplier", np.array(multipliers, np.int32)),
        "shift": Const("shift", np.array(shifts, np.int8)),
    }
    args: tuple[Arg, ...] = (
        Operand(values.index),
        Const("filter", nibbles.blocks(weights.data, 4 if fast else 1, fill=False)),
        Const("bias", nibbles.folded_bias(weights.data, bias, values.zero_point)),
        Operand(output.index, output=True),
    )
    kernel = "td_fully_connected_packed_s4" if fast else "td_fully_connected_s4"
    headers = ("td_lanes_s4", "td_dsp_dw") if fast else ()
    return Call(
        node=node.index,
        kernel=kernel,
        params=tuple(params.items()),
        args=(*args, Scratch()) if fast else args,
        scratch_bytes=2 * -(-inputs // nibbles.GROUP) * nibbles.GROUP if fast else 0,
        sources=shapes.sources(kernel, "td_fixedpoint", "td_nibbles", *headers),
    )


def _multipliers(graph: Graph, node: Node) -> tuple[list[int], list[int]]:
    values, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    return quantize_multipliers([values.scale * s / output.scale for s in weights.scales])
