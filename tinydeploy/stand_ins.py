"""`for_micro`: a model for TensorFlow Lite Micro's interpreter, where that lacks an operator.

TensorFlow Lite has operators that its micro interpreter has not, or computes otherwise. The aot
engine runs some of them; for the oracle each is replaced by operators that are there and give what
TensorFlow Lite's own kernel gives, but for requantization, which the micro interpreter rounds
twice. Tensors keep their indices; new ones come behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import flatbuffers
import numpy as np

from tinydeploy.fixedpoint import activation_range
from tinydeploy.graph import Aim, Graph, Node, Tensor
from tinydeploy.ops import OPS, relu6
from tinydeploy.tflite import read

if TYPE_CHECKING:
    from tinydeploy.graph import Array

_TYPES = {"int8": 9, "int32": 2}  # of TensorFlow Lite's schema


def for_micro(tflite: bytes) -> bytes:
    """The model with stand-ins; the same bytes when it needs none."""
    graph = read(tflite, "model")
    wanted = [node for node in graph.nodes if _stand_in(graph, node) is not None]
    if not wanted:
        return tflite
    from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(tflite, 0))
    files = _Files(schema, model, graph)
    operators = []
    for node, operator in zip(graph.nodes, model.subgraphs[0].operators, strict=True):
        stand_in = _stand_in(graph, node)
        if stand_in is None:
            operators.append(operator)
        else:
            operators += stand_in(files, node)
    model.subgraphs[0].operators = operators
    builder = flatbuffers.Builder(len(tflite))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


class _Files:
    """A model that operators and tensors are added to."""

    def __init__(self, schema: Any, model: Any, graph: Graph) -> None:
        self.graph = graph
        self._schema = schema
        self._model = model
        self._codes: dict[str, int] = {}

    def constant(self, values: Array) -> int:
        """A new constant tensor; its index."""
        index = self.tensor(values.shape, str(values.dtype), None)
        buffer = self._schema.BufferT()
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        self._model.buffers.append(buffer)
        self._model.subgraphs[0].tensors[index].buffer = len(self._model.buffers) - 1
        return index

    def tensor(self, shape: Sequence[int], dtype: str, like: Tensor | None) -> int:
        """A new tensor, quantized as `like` is; its index."""
        tensor = self._schema.TensorT()
        tensor.shape, tensor.type = list(shape), _TYPES[dtype]
        tensors = self._model.subgraphs[0].tensors
        tensor.name = f"stand-in {len(tensors)}".encode()
        if like is not None:
            tensor.quantization = tensors[like.index].quantization
        tensors.append(tensor)
        return len(tensors) - 1

    def operator(self, op: str, inputs: Sequence[int], output: int, **options: Any) -> Any:
        """An operator; `options` are those of its table, whose name is `table`."""
        schema = self._schema
        if op not in self._codes:
            code = schema.OperatorCodeT()
            code.builtinCode = getattr(schema.BuiltinOperator, op)
            code.deprecatedBuiltinCode = min(code.builtinCode, 127)
            code.version = 1
            self._codes[op] = len(self._model.operatorCodes)
            self._model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = self._codes[op]
        operator.inputs, operator.outputs = list(inputs), [output]
        table = options.pop("table", "")
        if table:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, table)
            operator.builtinOptions = getattr(schema, f"{table}T")()
            for name, value in options.items():
                setattr(operator.builtinOptions, name, value)
        return operator


_StandIn = Callable[[_Files, Node], list[Any]]


def _stand_in(graph: Graph, node: Node) -> _StandIn | None:
    """What replaces the node; None when it stays, for it is there or the aot engine refuses it."""
    if node.op not in _STAND_INS or OPS[node.op].refuse(graph, node):
        return None
    if node.op == "RELU6" and relu6.is_a_clamp(graph, node):
        return None
    values = graph.input(node, 0)
    if node.op in ("EXP", "LOG", "RELU6", "RELU_N1_TO_1", "SQRT") and values.dtype != "int8":
        return None
    return _STAND_INS[node.op]


def _select(files: _Files, node: Node) -> list[Any]:
    options = {"table": "SelectV2Options"}
    return [files.operator("SELECT_V2", node.inputs, node.outputs[0], **options)]


def _tile(files: _Files, node: Node) -> list[Any]:
    """A GATHER of each axis that grows, again and again by the same indices."""
    values, output = files.graph.input(node, 0), files.graph.output(node)
    grown = [axis for axis, size in enumerate(values.shape) if size != output.shape[axis]]
    made, at, shape = [], values.index, list(values.shape)
    for axis in grown or [0]:
        indices = np.tile(np.arange(shape[axis], dtype=np.int32), output.shape[axis] // shape[axis])
        shape[axis] = output.shape[axis]
        last = shape == list(output.shape)
        to = output.index if last else files.tensor(shape, values.dtype, values)
        options = {"table": "GatherOptions", "axis": axis, "batchDims": 0}
        made.append(files.operator("GATHER", [at, files.constant(indices)], to, **options))
        at = to
    return made


def _table(files: _Files, node: Node) -> list[Any]:
    """A GATHER from the 256 answers."""
    graph, values = files.graph, files.graph.input(node, 0)
    constants = OPS[node.op].lower(graph, node, Aim()).constants
    inputs = np.arange(256, dtype=np.uint8).view(np.int8)
    answers = np.roll(constants[0].data if constants else inputs, 128)  # from the lowest input on
    whole = files.tensor(values.shape, "int32", None)
    place = files.tensor(values.shape, "int32", None)
    by = files.constant(np.array([128], np.int32))
    options = {"table": "GatherOptions", "axis": 0, "batchDims": 0}
    table = files.constant(answers)
    return [
        files.operator("CAST", [values.index], whole, table="CastOptions"),
        files.operator("ADD", [whole, by], place, table="AddOptions"),
        files.operator("GATHER", [table, place], node.outputs[0], **options),
    ]


def _clamp(files: _Files, node: Node) -> list[Any]:
    """A QUANTIZE to the output's scale between two limits."""
    values, output = files.graph.input(node, 0), files.graph.output(node)
    low, high = activation_range(node.op, output)
    rescaled = files.tensor(output.shape, "int8", output)
    raised = files.tensor(output.shape, "int8", output)
    limits = [files.constant(np.array([min(max(x, -128), 127)], np.int8)) for x in (low, high)]
    options = {"table": "MaximumMinimumOptions"}
    return [
        files.operator("QUANTIZE", [values.index], rescaled, table="QuantizeOptions"),
        files.operator("MAXIMUM", [rescaled, limits[0]], raised, **options),
        files.operator("MINIMUM", [raised, limits[1]], output.index, **options),
    ]


_STAND_INS: dict[str, _StandIn] = {
    "EXP": _table,
    "GELU": _table,
    "LOG": _table,
    "RELU6": _clamp,
    "RELU_N1_TO_1": _clamp,
    "SELECT": _select,
    "SQRT": _table,
    "TILE": _tile,
}
