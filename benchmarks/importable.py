"""A .tflite as bakenn's importer takes it. What is changed is said beside every result."""

from __future__ import annotations

import copy
from typing import Any

import flatbuffers  # type: ignore[import-untyped]
import numpy as np
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from benchmarks.models import Model


def importable(model: Model) -> tuple[bytes, int, tuple[str, ...]]:
    """The file changed so far that bakenn reads it, the tensor it ends with, and what was changed.

    bakenn refuses a `shape_signature` with -1, a RESHAPE without options, a FULLY_CONNECTED on more
    than two dimensions, and SOFTMAX. Signatures go, options are written out, a RESHAPE (which costs
    nothing) is put before the FULLY_CONNECTED, and a last SOFTMAX is cut off, which leaves it less
    to do than the other engines have.
    """
    edited = schema.ModelT.InitFromPackedBuf(model.tflite, 0)
    graph = edited.subgraphs[0]
    changes = [
        _drop_signatures(graph),
        _write_reshapes(edited, graph),
        _flatten_inputs(edited, graph),
        _cut_softmax(edited, graph),
    ]
    builder = flatbuffers.Builder(len(model.tflite))
    builder.Finish(edited.Pack(builder), b"TFL3")
    return bytes(builder.Output()), int(graph.outputs[0]), tuple(filter(None, changes))


def _code(edited: Any, operator: Any) -> int:
    code = edited.operatorCodes[operator.opcodeIndex]
    return int(max(code.builtinCode, code.deprecatedBuiltinCode))


def _drop_signatures(graph: Any) -> str:
    dynamic = [
        tensor
        for tensor in graph.tensors
        if tensor.shapeSignature is not None and min(tensor.shapeSignature, default=1) < 0
    ]
    for tensor in dynamic:
        tensor.shapeSignature = None
    return "-1 in shapes removed" if dynamic else ""


def _write_reshapes(edited: Any, graph: Any) -> str:
    bare = [
        operator
        for operator in graph.operators
        if _code(edited, operator) == schema.BuiltinOperator.RESHAPE
        and operator.builtinOptions is None
    ]
    for operator in bare:
        options = schema.ReshapeOptionsT()
        options.newShape = [int(size) for size in graph.tensors[operator.outputs[0]].shape]
        operator.builtinOptionsType = schema.BuiltinOptions.ReshapeOptions
        operator.builtinOptions = options
    return "RESHAPE options added" if bare else ""


def _flatten_inputs(edited: Any, graph: Any) -> str:
    wide = [
        operator
        for operator in graph.operators
        if _code(edited, operator) == schema.BuiltinOperator.FULLY_CONNECTED
        and len(graph.tensors[operator.inputs[0]].shape) > 2
    ]
    for operator in wide:
        source = int(operator.inputs[0])
        columns = int(graph.tensors[operator.inputs[1]].shape[1])
        graph.operators.insert(
            graph.operators.index(operator), _reshape(edited, graph, source, columns)
        )
        operator.inputs = [len(graph.tensors) - 1, *(int(i) for i in operator.inputs[1:])]
    return "RESHAPE before FULLY_CONNECTED" if wide else ""


def _reshape(edited: Any, graph: Any, source: int, columns: int) -> Any:
    """A RESHAPE of tensor `source` into a new last tensor of rows with `columns` columns."""
    rows = int(np.prod(graph.tensors[source].shape)) // columns
    flat = copy.copy(graph.tensors[source])
    flat.shape, flat.shapeSignature, flat.buffer = [rows, columns], None, 0
    graph.tensors.append(flat)
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.RESHAPE
    code.version = 1
    edited.operatorCodes.append(code)
    operator = schema.OperatorT()
    operator.opcodeIndex = len(edited.operatorCodes) - 1
    operator.inputs, operator.outputs = [source], [len(graph.tensors) - 1]
    operator.builtinOptionsType = schema.BuiltinOptions.ReshapeOptions
    operator.builtinOptions = schema.ReshapeOptionsT()
    operator.builtinOptions.newShape = [rows, columns]
    return operator


def _cut_softmax(edited: Any, graph: Any) -> str:
    last = graph.operators[-1]
    if _code(edited, last) != schema.BuiltinOperator.SOFTMAX:
        return ""
    graph.operators = graph.operators[:-1]
    graph.outputs = [int(last.inputs[0])]
    edited.signatureDefs = None
    return "without SOFTMAX"
