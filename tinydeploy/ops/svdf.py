"""SVDF: a filter of rank one or more, whose memory lives on from one inference to the next."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinydeploy.fixedpoint import quantize_multiplier
from tinydeploy.graph import Aim, Attrs, Call, Const, Graph, Node, Operand, Param, Tensor
from tinydeploy.ops import shapes

resolver = "AddSvdf"

_FEATURE, _TIME, _BIAS, _STATE = 1, 2, 3, 4
_INPUTS_MAX = 2**16  # whose products with 8-bit weights sum up in 32 bits


def read(options: Any) -> Attrs:
    """The rank, and the activation, of which the oracle's integer kernels take no heed."""
    return {"rank": int(options.Rank()), "activation": shapes.activation_name(options)}


def macs(graph: Graph, node: Node) -> int:
    """Of the features and of the weights in time."""
    batches = graph.input(node, 0).shape[0]
    return batches * (graph.input(node, _FEATURE).size + graph.input(node, _TIME).size)


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output, state = graph.input(node, 0), graph.output(node), graph.input(node, _STATE)
    feature, time = graph.input(node, _FEATURE), graph.input(node, _TIME)
    reason = shapes.refuse_types((values, output)) or _refuse_weights(feature, time, state)
    if reason:
        return reason
    if not graph.has_input(node, _BIAS):
        return "without a bias, which TensorFlow Lite Micro needs"
    bias = graph.input(node, _BIAS)
    if bias.data is None or bias.dtype != "int32":
        return f"bias {bias.name} is not a constant int32 tensor"
    if values.shape[-1] > _INPUTS_MAX:
        return f"{values.name} has so many elements that 32-bit sums overflow"
    return f"{values.name} is a constant" if values.data is not None else ""


def _refuse_weights(feature: Tensor, time: Tensor, state: Tensor) -> str:
    if state.initial is None:
        return f"the state {state.name} is not a variable"
    if time.dtype != state.dtype or state.dtype not in ("int8", "int16"):
        return f"time weights of {time.dtype} with a state of {state.dtype}"
    for tensor, dtype in ((feature, "int8"), (time, time.dtype)):
        if tensor.data is None or tensor.dtype != dtype or len(tensor.scales) != 1:
            return f"{tensor.name} is not a constant {dtype} tensor quantized per tensor"
    if state.dtype == "int16" and state.zero_points != (0,):
        return f"the state {state.name} is not quantized around 0"
    return "" if len(state.scales) == 1 else f"the state {state.name} is not quantized"


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_svdf_s8_s16 or td_svdf_s8_s8, by the state's type."""
    values, output, state = graph.input(node, 0), graph.output(node), graph.input(node, _STATE)
    feature, time, bias = (graph.input(node, i) for i in (_FEATURE, _TIME, _BIAS))
    assert feature.data is not None and time.data is not None and bias.data is not None
    kernel = "td_svdf_s8_s16" if state.dtype == "int16" else "td_svdf_s8_s8"
    multiplier, shift = quantize_multiplier(_ratio(values, feature, state))
    output_multiplier, output_shift = quantize_multiplier(_ratio(state, time, output))
    return Call(
        node=node.index,
        kernel=kernel,
        params=(
            *sizes(graph, node).items(),
            ("multiplier", multiplier),
            ("output_multiplier", output_multiplier),
            ("shift", shift),
            ("output_shift", output_shift),
            ("input_offset", -values.zero_point),
            ("state_offset", -state.zero_point),
            ("output_offset", output.zero_point),
        ),
        args=(
            Operand(values.index),
            Const("feature", feature.data),
            Const("time", time.data),
            Const("bias", bias.data),
            Operand(output.index, output=True),
            Operand(state.index, output=True),
        ),
        sources=shapes.sources(kernel, "td_svdf_body", "td_fixedpoint"),
    )


def sizes(graph: Graph, node: Node) -> dict[str, Param]:
    """The layer's dimensions as kernel parameters."""
    batches, inputs = graph.input(node, 0).shape
    return {
        "batches": batches,
        "inputs": inputs,
        "units": graph.output(node).shape[1],
        "rank": int(str(node.attrs["rank"])),
        "memory": graph.input(node, _TIME).shape[1],
    }


def _ratio(first: Tensor, second: Tensor, result: Tensor) -> float:
    """The scales' ratio, in single precision as the oracle makes it."""
    product = np.float32(first.scale) * np.float32(second.scale)
    return float(product / np.float32(result.scale))
