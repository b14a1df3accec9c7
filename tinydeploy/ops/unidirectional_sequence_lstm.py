"""UNIDIRECTIONAL_SEQUENCE_LSTM over a whole sequence, from a state of zero in each inference.

That is what a Keras LSTM means that is not stateful. The interpreter's state tensors live on from
one invoke to the next, so that the oracle resets them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinydeploy.fixedpoint import quantize_multiplier, sigmoid_table
from tinydeploy.graph import Aim, Attrs, Call, Const, Graph, Node, Operand, Param, Scratch, Tensor
from tinydeploy.ops import shapes

if TYPE_CHECKING:
    from tinydeploy.graph import Array

resolver = "AddUnidirectionalSequenceLSTM"

_GATES = range(4)  # input, forget, cell, output
_FILTER, _RECURRENT, _BIAS = 1, 5, 12  # first of four inputs each
_HIDDEN, _CELL = 18, 19
_VARIANTS = (9, 10, 11, 16, 17, 20, 21, 22, 23)  # peepholes, projection, layer normalization
_GATE_SCALE = 2.0**-15
_SUM_SCALE = 2.0**-12


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {
        "activation": shapes.activation_name(options),
        "time_major": bool(options.TimeMajor()),
        "cell_clip": float(options.CellClip()),
        "projection_clip": float(options.ProjClip()),
    }


def macs(graph: Graph, node: Node) -> int:
    """Of the four gates in every step."""
    values, output = graph.input(node, 0), graph.output(node)
    return 4 * output.size * (values.shape[2] + output.shape[2])


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    return refuse_quantized(graph, node, "int8", "int32")


def refuse_quantized(graph: Graph, node: Node, dtype: str, bias: str) -> str:
    """Why values of `dtype` with int8 weights and biases of `bias` cannot run; empty when they
    can."""
    values, output = graph.input(node, 0), graph.output(node)
    reason = shapes.refuse_types((values, output), dtype) or refuse_form(
        graph, node, ("int8",), (bias,)
    )
    if reason:
        return reason
    for position in (*_positions(_FILTER), *_positions(_RECURRENT)):
        tensor = graph.input(node, position)
        if len(tensor.scales) != 1 or tensor.zero_point:
            return f"{tensor.name} is not quantized per tensor around 0"
    hidden, cell = graph.input(node, _HIDDEN), graph.input(node, _CELL)
    if cell.dtype != "int16" or not _is_power_of_two(cell.scale):
        return f"the cell {cell.name} is not int16 with a power of two as scale"
    return shapes.refuse_scales((hidden,), output)


def refuse_form(graph: Graph, node: Node, weights: Sequence[str], biases: Sequence[str]) -> str:
    """Why the node is not the LSTM of Keras with constants of these types; empty when it is."""
    values, output = graph.input(node, 0), graph.output(node)
    if any(graph.has_input(node, position) for position in _VARIANTS):
        return "peepholes, a projection or layer normalization"
    if node.attrs["activation"] != "TANH":
        return f"activation {node.attrs['activation']}"
    units = output.shape[-1]
    for first, shape, dtypes in (
        (_FILTER, (units, values.shape[-1]), weights),
        (_RECURRENT, (units, units), weights),
        (_BIAS, (units,), biases),
    ):
        for position in _positions(first):
            if not graph.has_input(node, position):
                return "input and forget gate in one"
            tensor = graph.input(node, position)
            if tensor.data is None or tensor.dtype not in dtypes or tensor.shape != shape:
                return f"{tensor.name} is not a constant {dtypes[0]} tensor of shape {shape}"
    return ""


def _positions(first: int) -> range:
    """The inputs of the four gates."""
    return range(first, first + len(_GATES))


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_lstm_s8."""
    params = {**sizes(graph, node), **scalings(graph, node, quantize_multiplier)}
    return call(
        graph, node, "td_lstm_s8", params, _biases(graph, node), 2, "td_lstm_body", "td_fixedpoint"
    )


def call(
    graph: Graph,
    node: Node,
    kernel: str,
    params: dict[str, Param],
    bias: Array,
    state_bytes: int,
    *headers: str,
) -> Call:
    """A call of an LSTM kernel whose cell's elements have `state_bytes`."""
    return Call(
        node=node.index,
        kernel=kernel,
        params=tuple(params.items()),
        args=(
            Operand(node.inputs[0]),
            Const("filter", stacked(graph, node, _FILTER)),
            Const("recurrent", stacked(graph, node, _RECURRENT)),
            Const("bias", bias),
            Operand(node.outputs[0], output=True),
            Scratch(),
        ),
        scratch_bytes=state_bytes * 5 * graph.output(node).shape[-1],
        sources=shapes.sources(kernel, "td_lstm_steps", *headers),
    )


def sizes(graph: Graph, node: Node) -> dict[str, Param]:
    """Batches, steps and where their rows lie, as kernel parameters."""
    major, minor, inputs = graph.input(node, 0).shape
    time_major = bool(node.attrs["time_major"])
    return {
        "batches": minor if time_major else major,
        "steps": major if time_major else minor,
        "inputs": inputs,
        "units": graph.output(node).shape[-1],
        "batch_stride": 1 if time_major else minor,
        "step_stride": minor if time_major else 1,
    }


def scalings(
    graph: Graph, node: Node, scaling: Callable[[float], tuple[int, int]]
) -> dict[str, Param]:
    """The parameters of the integer kernels; `scaling` tells multiplier and shift of the sums."""
    values, output = graph.input(node, 0), graph.output(node)
    hidden, cell = graph.input(node, _HIDDEN), graph.input(node, _CELL)
    direct, back = (
        [
            scaling(source.scale * graph.input(node, position).scale / _SUM_SCALE)
            for position in _positions(first)
        ]
        for first, source in ((_FILTER, values), (_RECURRENT, hidden))
    )
    forget, update, out = (
        quantize_multiplier(_GATE_SCALE * first / second)
        for first, second in (
            (cell.scale, cell.scale),
            (_GATE_SCALE, cell.scale),
            (_GATE_SCALE, hidden.scale),
        )
    )
    return {
        "multiplier": tuple(multiplier for multiplier, _ in direct),
        "shift": tuple(shift for _, shift in direct),
        "recurrent_multiplier": tuple(multiplier for multiplier, _ in back),
        "recurrent_shift": tuple(shift for _, shift in back),
        "forget_multiplier": forget[0],
        "update_multiplier": update[0],
        "output_multiplier": out[0],
        "forget_shift": forget[1],
        "update_shift": update[1],
        "output_shift": out[1],
        "cell_shift": 12 + round(math.log2(cell.scale)),
        "cell_clip": _clip(node, cell),
        "output_offset": output.zero_point,
        "sigmoid": Const("sigmoid", sigmoid_table()),
    }


def _is_power_of_two(scale: float) -> bool:
    return math.frexp(scale)[0] == 0.5


def _clip(node: Node, cell: Tensor) -> int:
    clip = node.attrs["cell_clip"]
    assert isinstance(clip, float)
    return int(min(max(clip / cell.scale, -(2.0**15)), 2.0**15 - 1))


def stacked(graph: Graph, node: Node, first: int = _BIAS) -> Array:
    """The constants of the four gates, from input `first` on; the biases when not said."""
    data = [graph.input(node, position).data for position in _positions(first)]
    return np.stack([values for values in data if values is not None])


def _biases(graph: Graph, node: Node) -> Array:
    """[2, gates, units] with the zero points of input and hidden state folded in."""
    rows = []
    for first, position in ((_FILTER, 0), (_RECURRENT, _HIDDEN)):
        sums = stacked(graph, node, first).astype(np.int64).sum(axis=2)
        rows.append(-graph.input(node, position).zero_point * sums)
    rows[0] = rows[0] + stacked(graph, node).astype(np.int64)
    folded: Array = np.stack(rows).astype(np.int32)
    return folded
