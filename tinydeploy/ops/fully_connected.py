"""FULLY_CONNECTED: filter [outputs, inputs]; leading dimensions of the input are batches.

A per-tensor filter's multiplier is computed in float64, as in the oracle; TensorFlow Lite Micro
before autumn 2026 multiplies the two scales in float32, where a result may differ by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinydeploy.fixedpoint import activation_range, quantize_multipliers
from tinydeploy.graph import Aim, Attrs, Call, Const, Graph, Node, Operand, Tensor
from tinydeploy.ops import shapes
from tinydeploy.ops.conv2d import bias_values
from tinydeploy.ops.packed import Packed as AnyPacked
from tinydeploy.ops.packed import call
from tinydeploy.packing import mve, scalar
from tinydeploy.packing.int8 import Dense, pack_dense

resolver = "AddFullyConnected"

# A layer this small gains less by the fast kernel than its 1.5 KB of code are worth.
_SMALL_MACS = 1000
_SMALL_OUTPUTS = 16
_QUAD = 4  # outputs that the fast kernel takes at a time: for fewer it widens its inputs in vain


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {
        "activation": shapes.activation_name(options),
        "shuffled": options is not None and options.WeightsFormat() != 0,
        "bias_type": shapes.bias_type(options),
    }


def macs(graph: Graph, node: Node) -> int:
    """Output elements times the inputs of each."""
    return graph.output(node).size * graph.input(node, 1).shape[-1]


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    return (
        refuse_sizes(values, weights)
        or shapes.refuse_types((values, output))
        or shapes.refuse_filter(graph, node, 0)
        or refuse_options(graph, node)
    )


def refuse_sizes(values: Tensor, weights: Tensor) -> str:
    """Why the inputs do not fit the filter; empty when they do."""
    if len(weights.shape) != 2 or values.size % weights.shape[1]:
        return f"{values.size} inputs do not fit a filter of shape {weights.shape}"
    return ""


def refuse_options(graph: Graph, node: Node) -> str:
    """Why options or bias are not what the quantized kernels take; empty when they are."""
    values, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    if node.attrs["shuffled"]:
        return "the weights are shuffled"
    if node.attrs["activation"] not in shapes.FUSED:
        return f"fused activation {node.attrs['activation']}"
    if len(weights.scales) == 1 and graph.has_input(node, 2):
        bias = graph.input(node, 2)
        difference = abs(values.scale * weights.scale - (bias.scale if bias.scales else 0.0))
        if difference / output.scale > 0.02:  # what TensorFlow Lite Micro checks
            return "the bias's scale is not the product of the input's and the filter's"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of the kernel for vector instructions or for none, as the CPU is, of a packed kernel
    where its proofs hold, else of td_fully_connected_s8."""
    layer = _layer(graph, node)
    packed: AnyPacked | str = mve.pack_dense(layer) if "mve" in aim.features else ""
    if not aim.features:
        packed = scalar.pack_dense(layer)
    if isinstance(packed, str):
        outputs = len(layer.filter)
        small = macs(graph, node) < _SMALL_MACS and outputs <= _SMALL_OUTPUTS
        direct = aim.optimize == "size" or (aim.optimize == "balanced" and small)
        packed = pack_dense(layer, direct or outputs < _QUAD)
    if isinstance(packed, str):
        return reference(graph, node)
    return call(node, packed, graph.input(node, 0), graph.output(node))


def _layer(graph: Graph, node: Node) -> Dense:
    values, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    multipliers, shifts = _multipliers(graph, node)
    assert weights.data is not None
    return Dense(
        batches=values.size // weights.shape[1],
        filter=weights.data.astype(np.int8, copy=False),
        bias=bias_values(graph, node, weights.shape[0]).tolist(),
        multipliers=multipliers,
        shifts=shifts,
        input_zero_point=values.zero_point,
        output_zero_point=output.zero_point,
        activation=activation_range(str(node.attrs["activation"]), output),
    )


def _multipliers(graph: Graph, node: Node) -> tuple[tuple[int, ...], tuple[int, ...]]:
    values, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    multipliers, shifts = quantize_multipliers(
        [values.scale * scale / output.scale for scale in weights.scales]
    )
    return tuple(multipliers), tuple(shifts)


def reference(graph: Graph, node: Node) -> Call:
    """A call of td_fully_connected_s8, the input's zero point folded into the bias."""
    values, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    outputs, inputs = weights.shape
    multipliers, shifts = _multipliers(graph, node)
    low, high = activation_range(str(node.attrs["activation"]), output)
    assert weights.data is not None
    return Call(
        node=node.index,
        kernel="td_fully_connected_s8",
        params=(
            ("batches", values.size // inputs),
            ("input_size", inputs),
            ("output_size", outputs),
            ("per_channel", int(len(multipliers) > 1)),
            ("output_offset", output.zero_point),
            ("activation_min", low),
            ("activation_max", high),
            ("multiplier", Const("multiplier", np.array(multipliers, np.int32))),
            ("shift", Const("shift", np.array(shifts, np.int8))),
        ),
        args=(
            Operand(values.index),
            Const("filter", weights.data),
            Const("bias", scalar.folded_bias(_layer(graph, node))),
            Operand(output.index, output=True),
        ),
        sources=shapes.sources("td_fully_connected_s8", "td_fixedpoint"),
    )
