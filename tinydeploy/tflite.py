"""`read`: a .tflite file becomes a `Graph`.

A resource variable becomes one more tensor, behind the file's own, which READ_VARIABLE reads and
ASSIGN_VARIABLE writes; what CALL_ONCE's subgraph puts into it is its initial value.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import tflite

from tinydeploy.errors import UsageError
from tinydeploy.graph import Graph, Node, Tensor
from tinydeploy.ops import OPS

if TYPE_CHECKING:
    from tinydeploy.graph import Array

_IDENTIFIER = b"TFL3"
_CORRUPT = (
    struct.error,
    IndexError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    MemoryError,
)  # what flatbuffers and numpy raise on bytes that make no sense
_OP_NAMES = {v: k for k, v in vars(tflite.BuiltinOperator).items() if not k.startswith("_")}
_TYPE_NAMES = {v: k.lower() for k, v in vars(tflite.TensorType).items() if not k.startswith("_")}
_OPTION_NAMES = {v: k for k, v in vars(tflite.BuiltinOptions).items() if not k.startswith("_")}
_DTYPES = {
    name: np.dtype(name).newbyteorder("<")
    for name in ("int8", "uint8", "bool", "int16", "int32", "int64", "float16", "float32")
}


def read(data: bytes, name: str) -> Graph:
    """The graph of a .tflite file's bytes; `name` is the model's name for people.

    UsageError when the bytes are no TensorFlow Lite model or are cut short.
    """
    if data[4:8] != _IDENTIFIER:
        raise UsageError(
            f"{name} is not a TensorFlow Lite model", "give a .tflite made by the TFLite converter"
        )
    try:
        return _graph(tflite.Model.GetRootAs(data, 0), name)
    except _CORRUPT:
        raise UsageError(
            f"{name} ({len(data):,} bytes) is cut short or corrupt",
            "copy or convert the .tflite again",
        ) from None


def _graph(model: Any, name: str) -> Graph:
    graph = _subgraph(model, 0, name)
    states = _states(model, graph)
    nodes = tuple(_with_variables(node, states) for node in graph.nodes)
    return replace(graph, tensors=graph.tensors + tuple(states.tensors.values()), nodes=nodes)


def _subgraph(model: Any, index: int, name: str) -> Graph:
    subgraph = model.Subgraphs(index)
    tensors = tuple(_tensor(model, subgraph.Tensors(i), i) for i in range(subgraph.TensorsLength()))
    nodes = tuple(
        _node(model, subgraph.Operators(i), i, tensors) for i in range(subgraph.OperatorsLength())
    )
    return Graph(
        name=name,
        tensors=tensors,
        nodes=nodes,
        inputs=_indices(subgraph.InputsAsNumpy()),
        outputs=_indices(subgraph.OutputsAsNumpy()),
    )


@dataclass(frozen=True)
class _States:
    """The variables by name, the names that the main subgraph's handles stand for, and why each
    CALL_ONCE, by its node, does more than set variables."""

    tensors: Mapping[str, Tensor]
    handles: Mapping[int, str]
    reasons: Mapping[int, str]


def _states(model: Any, graph: Graph) -> _States:
    handles, reasons = _handles(graph), {}
    first: dict[str, Array] = {}
    for node in graph.nodes:
        if node.op == "CALL_ONCE":
            subgraph = node.attrs["subgraph"]
            assert isinstance(subgraph, int)
            called = _subgraph(model, subgraph, graph.name)
            reasons[node.index] = _called_once(called, first)
    read = [(node.inputs[0], node.outputs[0]) for node in graph.nodes if node.op == "READ_VARIABLE"]
    set_ = [node.inputs[:2] for node in graph.nodes if node.op == "ASSIGN_VARIABLE"]
    values = {handles[handle]: graph.tensor(value) for handle, value in (*read, *set_)}
    tensors = {
        name: replace(
            value,
            index=len(graph.tensors) + i,
            name=name,
            data=None,
            initial=first.get(name, _zeros(value)),
        )
        for i, (name, value) in enumerate(values.items())
    }
    return _States(tensors, handles, reasons)


def _handles(graph: Graph) -> dict[int, str]:
    """The variable's name for each tensor that a VAR_HANDLE leaves."""
    handles = [node for node in graph.nodes if node.op == "VAR_HANDLE"]
    return {node.outputs[0]: str(node.attrs["variable"]) for node in handles}


def _called_once(called: Graph, first: dict[str, Array]) -> str:
    """Put the constants that `called` assigns into `first`; tell what else it does."""
    handles = _handles(called)
    for node in called.nodes:
        if node.op == "VAR_HANDLE":
            continue
        data = called.input(node, 1).data if node.op == "ASSIGN_VARIABLE" else None
        if data is None:
            return f"its subgraph computes: {node.op} ({node.name})"
        first[handles[node.inputs[0]]] = data
    return ""


def _zeros(tensor: Tensor) -> Array:
    """What TensorFlow Lite Micro sets a variable to: the zero point of a byte, else 0."""
    zero = tensor.zero_point if tensor.dtype == "int8" and tensor.scales else 0
    return np.full(tensor.shape, zero, tensor.dtype)


def _with_variables(node: Node, states: _States) -> Node:
    if node.op == "READ_VARIABLE":
        return replace(node, inputs=(states.tensors[states.handles[node.inputs[0]]].index,))
    if node.op == "ASSIGN_VARIABLE":
        variable = states.tensors[states.handles[node.inputs[0]]]
        return replace(node, name=variable.name, inputs=node.inputs[1:], outputs=(variable.index,))
    if node.op == "CALL_ONCE":
        return replace(node, attrs={"reason": states.reasons[node.index]})
    return node


def _indices(values: Any) -> tuple[int, ...]:
    """A flatbuffers vector of indices; an absent one reads as the number 0."""
    return tuple(int(v) for v in values) if isinstance(values, np.ndarray) else ()


def _tensor(model: Any, tensor: Any, index: int) -> Tensor:
    dtype = _TYPE_NAMES[tensor.Type()]
    # `Shape` is the static shape; `ShapeSignature` holds -1 for what was dynamic before conversion.
    shape = _indices(tensor.ShapeAsNumpy())
    quantization = tensor.Quantization()
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    axis = 0
    if quantization is not None and quantization.ScaleLength():
        scales = tuple(float(s) for s in quantization.ScaleAsNumpy())
        zero_points = _indices(quantization.ZeroPointAsNumpy()) or (0,) * len(scales)
        axis = int(quantization.QuantizedDimension())
    made = Tensor(
        index=index,
        name=(tensor.Name() or b"").decode(errors="replace"),
        shape=shape,
        dtype=dtype,
        scales=scales,
        zero_points=zero_points,
        axis=axis,
        data=_data(model, tensor, dtype, shape),
    )
    return replace(made, initial=_zeros(made)) if tensor.IsVariable() else made


def _data(model: Any, tensor: Any, dtype: str, shape: tuple[int, ...]) -> Array | None:
    raw = model.Buffers(tensor.Buffer()).DataAsNumpy()
    if not isinstance(raw, np.ndarray) or raw.size == 0:
        return None
    if dtype == "int4":
        return unpack_int4(raw, shape)
    if dtype not in _DTYPES:  # string, …: kept as bytes, for the engine to refuse
        packed: Array = raw.copy()
        return packed
    dense: Array = np.frombuffer(raw.tobytes(), dtype=_DTYPES[dtype])
    return dense.reshape(shape)


def unpack_int4(raw: Array, shape: tuple[int, ...]) -> Array:
    """4-bit integers as int8, one an element; two lie in a byte, the first in its low half."""
    pairs = raw.view(np.uint8)
    halves = np.stack([pairs & 15, pairs >> 4], axis=-1).reshape(-1).astype(np.int8)
    signed: Array = np.where(halves > 7, halves - 16, halves).astype(np.int8)
    size = math.prod(shape)
    return signed[:size].reshape(shape)


def _node(model: Any, operator: Any, index: int, tensors: tuple[Tensor, ...]) -> Node:
    code = model.OperatorCodes(operator.OpcodeIndex())
    # Files older than schema 3a keep the code in the 8-bit field, newer ones in both.
    op = _OP_NAMES[max(code.DeprecatedBuiltinCode(), code.BuiltinCode())]
    if op == "CUSTOM":
        op = f"CUSTOM {(code.CustomCode() or b'').decode(errors='replace')}"
    outputs = _indices(operator.OutputsAsNumpy())
    inputs = _indices(operator.InputsAsNumpy())
    if any(not -1 <= i < len(tensors) for i in (*inputs, *outputs)):
        raise IndexError(f"operator {index} names a tensor that is not there")
    return Node(
        index=index,
        op=op,
        name=tensors[outputs[0]].name.split(";")[0] if outputs else op,
        inputs=inputs,
        outputs=outputs,
        attrs=OPS[op].read(_options(operator)) if op in OPS else {},
        version=int(code.Version()),
    )


def _options(operator: Any) -> Any:
    """The operator's typed options table, or None when the file has none."""
    table = operator.BuiltinOptions()
    if table is None or operator.BuiltinOptionsType() == 0:
        return None
    options = getattr(tflite, _OPTION_NAMES[operator.BuiltinOptionsType()])()
    options.Init(table.Bytes, table.Pos)
    return options
