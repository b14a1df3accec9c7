"""What float32 lowerings share: checks, constants as float32, weights as they lie in flash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.graph import Arg, Call, Const, Graph, Node, Operand, Param, Tensor
from tinydeploy.ops import broadcast, shapes

if TYPE_CHECKING:
    from tinydeploy.graph import Array

_MOST = float(np.finfo(np.float32).max)
_RANGES = {
    "NONE": (-_MOST, _MOST),
    "RELU": (0.0, _MOST),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
}
_SUFFIXES = {"float32": "f32", "float16": "f16_f32", "int8": "s8_f32"}


def refuse(tensors: Sequence[Tensor]) -> str:
    """Why tensors are not float32 operands that vary; empty when they are."""
    for tensor in tensors:
        if tensor.dtype != "float32":
            return f"{tensor.name} is {tensor.dtype}, not float32"
        if tensor.data is not None:
            return f"{tensor.name} is a constant"
    return ""


def refuse_activation(node: Node) -> str:
    """Why the fused activation is none that the kernels have; empty when it is."""
    name = node.attrs["activation"]
    return "" if name in _RANGES else f"fused activation {name}"


def activation(node: Node) -> dict[str, Param]:
    """The fused activation's range as kernel parameters."""
    low, high = _RANGES[str(node.attrs["activation"])]
    return {"activation_min": low, "activation_max": high}


def is_expandable(tensor: Tensor) -> bool:
    """Whether a constant has float values: floats, or integers with a scale."""
    if tensor.data is None:
        return False
    integers = tensor.dtype in ("int8", "uint8", "int16", "int32") and bool(tensor.scales)
    return tensor.dtype in ("float32", "float16") or integers


def is_constant(graph: Graph, node: Node) -> bool:
    """Whether a node only expands a constant."""
    return (
        node.op == "DEQUANTIZE"
        and is_expandable(graph.input(node, 0))
        and graph.output(node).dtype == "float32"
    )


def expanded(tensor: Tensor) -> Array:
    """A constant's values in float32; its scale is applied in float32, per tensor or per axis."""
    assert tensor.data is not None
    values = tensor.data.astype(np.float32)
    if tensor.dtype in ("float32", "float16"):
        return values
    shape = [1] * values.ndim
    if len(tensor.scales) > 1:
        shape[tensor.axis] = -1
    zeros = np.array(tensor.zero_points, np.float32).reshape(shape)
    result: Array = (values - zeros) * np.array(tensor.scales, np.float32).reshape(shape)
    return result


def refuse_weights(graph: Graph, node: Node, axis: int, bias: int = 2) -> str:
    """Why filter (input 1) and bias are no constants that a kernel expands; empty when they are."""
    weights = graph.input(node, 1)
    if weights.data is None or weights.dtype not in _SUFFIXES:
        return f"filter {weights.name} is {weights.dtype} or no constant"
    if weights.dtype == "int8":
        if len(weights.scales) not in (1, weights.shape[axis]) or any(weights.zero_points):
            return f"filter {weights.name} has other scales than one for each channel"
        if len(weights.scales) > 1 and weights.axis != axis:
            return f"filter {weights.name} is quantized along axis {weights.axis}"
    elif not np.isfinite(weights.data).all():
        return f"filter {weights.name} holds NaN or infinity"
    if graph.has_input(node, bias) and not is_expandable(graph.input(node, bias)):
        return f"bias {graph.input(node, bias).name} is no float constant"
    return ""


@dataclass(frozen=True, eq=False)
class Weights:
    """A kernel's suffix, its filter and bias, and its parameter for the filter's scales, if any."""

    suffix: str
    filter: Const
    bias: Const
    params: dict[str, Param]


def weights(graph: Graph, node: Node, channels: int, bias: int = 2) -> Weights:
    """The filter as it lies in flash, float32, halves or int8, and the bias in float32."""
    tensor = graph.input(node, 1)
    assert tensor.data is not None
    added = (
        expanded(graph.input(node, bias))
        if graph.has_input(node, bias)
        else np.zeros(channels, np.float32)
    )
    params: dict[str, Param] = {}
    if tensor.dtype == "int8":
        each = 1 if len(tensor.scales) > 1 else channels
        params["scale"] = Const("scale", np.array(tensor.scales * each, np.float32))
    data = tensor.data.view(np.int16) if tensor.dtype == "float16" else tensor.data
    return Weights(_SUFFIXES[tensor.dtype], Const("filter", data), Const("bias", added), params)


def refuse_operands(graph: Graph, node: Node, first: int = 0) -> str:
    """Why inputs from `first` on are no float operands to broadcast; empty when they are."""
    for tensor in (graph.tensor(i) for i in node.inputs[first:]):
        if tensor.dtype != "float32" and not is_expandable(tensor):
            return f"{tensor.name} is {tensor.dtype}, not float32"
    return broadcast.refuse_shapes(graph, node)


def operands(graph: Graph, node: Node, first: int = 0) -> tuple[Arg, ...]:
    """The inputs, constants from `first` on as float32, and the output."""
    made: list[Arg] = []
    for position, index in enumerate(node.inputs):
        tensor = graph.tensor(index)
        name = f"input{position + 1}"
        if tensor.data is None:
            made.append(Operand(index))
        else:
            made.append(Const(name, tensor.data if position < first else expanded(tensor)))
    return (*made, Operand(node.outputs[0], output=True))


def plain_call(
    graph: Graph, node: Node, kernel: str, params: dict[str, Param], *headers: str
) -> Call:
    """A call of a kernel that takes the first input and the output."""
    return Call(
        node=node.index,
        kernel=kernel,
        params=tuple(params.items()),
        args=(Operand(node.inputs[0]), Operand(node.outputs[0], output=True)),
        sources=shapes.sources(kernel, *headers),
    )


def broadcast_call(
    graph: Graph, node: Node, kernel: str, params: dict[str, Param], *bodies: str, first: int = 0
) -> Call:
    """A call of an elementwise kernel of several operands, with the headers of its body."""
    return Call(
        node=node.index,
        kernel=kernel,
        params=tuple({**broadcast.layout(graph, node), **params}.items()),
        args=operands(graph, node, first),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources(kernel, "td_broadcast", *bodies),
    )
