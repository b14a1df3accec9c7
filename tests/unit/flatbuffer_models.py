"""Tiny .tflite models for tests, written with the schema's own builders: no TensorFlow needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import flatbuffers
import numpy as np
import tflite

_TYPES = {"float32": 0, "int32": 2, "uint8": 3, "int16": 7, "int8": 9, "float16": 1}


@dataclass(frozen=True)
class T:
    """A tensor; `scale` 0 leaves it unquantized, `data` makes it a constant."""

    name: str
    shape: tuple[int, ...]
    dtype: str = "int8"
    scale: float = 0.0
    zero_point: int = 0
    data: Any = None


@dataclass(frozen=True)
class N:
    """An operator by its builtin name, without options."""

    op: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def tflite_bytes(
    tensors: list[T], nodes: list[N], inputs: tuple[int, ...], outputs: tuple[int, ...]
) -> bytes:
    """The file of a model with one subgraph."""
    b = flatbuffers.Builder(1024)
    buffers = [_buffer(b, None)] + [_buffer(b, t.data) for t in tensors]
    made = [_tensor(b, t, i + 1) for i, t in enumerate(tensors)]
    codes = [_code(b, getattr(tflite.BuiltinOperator, n.op)) for n in nodes]
    operators = [_operator(b, n, i) for i, n in enumerate(nodes)]
    fields = (
        _ints(b, inputs),
        _ints(b, outputs),
        _offsets(b, made),
        _offsets(b, operators),
    )
    tflite.SubGraphStart(b)
    tflite.SubGraphAddInputs(b, fields[0])
    tflite.SubGraphAddOutputs(b, fields[1])
    tflite.SubGraphAddTensors(b, fields[2])
    tflite.SubGraphAddOperators(b, fields[3])
    subgraph = tflite.SubGraphEnd(b)
    top = _offsets(b, codes), _offsets(b, [subgraph]), _offsets(b, buffers)
    tflite.ModelStart(b)
    tflite.ModelAddVersion(b, 3)
    tflite.ModelAddOperatorCodes(b, top[0])
    tflite.ModelAddSubgraphs(b, top[1])
    tflite.ModelAddBuffers(b, top[2])
    b.Finish(tflite.ModelEnd(b), b"TFL3")
    return bytes(b.Output())


def _buffer(b: Any, data: Any) -> int:
    vector = None
    if data is not None:
        vector = b.CreateNumpyVector(np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8))
    tflite.BufferStart(b)
    if vector is not None:
        tflite.BufferAddData(b, vector)
    return int(tflite.BufferEnd(b))


def _tensor(b: Any, tensor: T, buffer: int) -> int:
    name, shape = b.CreateString(tensor.name), _ints(b, tensor.shape)
    quantization = None
    if tensor.scale:
        scale = b.CreateNumpyVector(np.array([tensor.scale], np.float32))
        zero_point = b.CreateNumpyVector(np.array([tensor.zero_point], np.int64))
        tflite.QuantizationParametersStart(b)
        tflite.QuantizationParametersAddScale(b, scale)
        tflite.QuantizationParametersAddZeroPoint(b, zero_point)
        quantization = tflite.QuantizationParametersEnd(b)
    tflite.TensorStart(b)
    tflite.TensorAddShape(b, shape)
    tflite.TensorAddType(b, _TYPES[tensor.dtype])
    tflite.TensorAddBuffer(b, buffer)
    tflite.TensorAddName(b, name)
    if quantization is not None:
        tflite.TensorAddQuantization(b, quantization)
    return int(tflite.TensorEnd(b))


def _code(b: Any, builtin: int) -> int:
    tflite.OperatorCodeStart(b)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(b, min(builtin, 127))
    tflite.OperatorCodeAddBuiltinCode(b, builtin)
    tflite.OperatorCodeAddVersion(b, 1)
    return int(tflite.OperatorCodeEnd(b))


def _operator(b: Any, node: N, code: int) -> int:
    inputs, outputs = _ints(b, node.inputs), _ints(b, node.outputs)
    tflite.OperatorStart(b)
    tflite.OperatorAddOpcodeIndex(b, code)
    tflite.OperatorAddInputs(b, inputs)
    tflite.OperatorAddOutputs(b, outputs)
    return int(tflite.OperatorEnd(b))


def _ints(b: Any, values: tuple[int, ...]) -> int:
    return int(b.CreateNumpyVector(np.array(values, np.int32)))


def _offsets(b: Any, offsets: list[int]) -> int:
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return int(b.EndVector())
