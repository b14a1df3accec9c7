"""Small models that keep state, built with the schema: SVDF, and variables that operators read and
assign."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "cases"))
from generate import schema, set_options, tensor_of

Spec = dict[str, Any]
Node = tuple[str, list[int], list[int], Spec]


def svdf(state_type: str, state_zero: int, rank: int) -> bytes:
    """One SVDF layer of two batches."""
    rng = np.random.default_rng(rank)
    batches, inputs, units, memory = 2, 7, 5, 4
    filters = units * rank
    time = {"shape": [filters, memory], "type": state_type, "scale": 0.01}
    reach = 127 if state_type == "int8" else 32767
    scale = 0.02 if state_type == "int8" else 0.0002
    state = {"shape": [batches, filters * memory], "type": state_type, "scale": scale}
    tensors: list[Spec] = [
        {"shape": [batches, inputs], "scale": 0.05, "zero_point": -9},
        {"shape": [filters, inputs], "scale": 0.01, "data": whole(rng, [filters, inputs], 127)},
        {**time, "data": whole(rng, [filters, memory], reach).astype(state_type)},
        {"shape": [units], "type": "int32", "scale": 0.01 * scale, "data": biases(rng, units)},
        {**state, "zero_point": state_zero, "variable": True},
        {"shape": [batches, units], "scale": 0.1 if reach == 127 else 10.0, "zero_point": 5},
    ]
    return built([(tensors, [0], [5], [("SVDF", [0, 1, 2, 3, 4], [5], {"rank": rank})])])


def svdf_float(rank: int, activation: str) -> bytes:
    """One SVDF layer of two batches on float32."""
    rng = np.random.default_rng(rank)
    batches, inputs, units, memory = 2, 7, 5, 4
    filters = units * rank

    def real(*shape: int) -> Spec:
        return {"shape": list(shape), "type": "float32"}

    def drawn(*shape: int) -> Spec:
        return {**real(*shape), "data": rng.normal(size=shape).astype(np.float32)}

    tensors = [
        real(batches, inputs),
        drawn(filters, inputs),
        drawn(filters, memory),
        drawn(units),
        {**real(batches, filters * memory), "variable": True},
        real(batches, units),
    ]
    options = {"rank": rank, "fusedActivationFunction": activation}
    return built([(tensors, [0], [5], [("SVDF", [0, 1, 2, 3, 4], [5], options)])])


def whole(rng: np.random.Generator, shape: list[int], reach: int) -> np.ndarray:
    return rng.integers(-reach, reach + 1, shape).astype(np.int8 if reach < 128 else np.int16)


def biases(rng: np.random.Generator, units: int) -> np.ndarray:
    return rng.integers(-3000, 3000, units).astype(np.int32)


def delays(first: list[int] | None) -> bytes:
    """A line of delays: what is read is the last value and its first value one of CALL_ONCE; read
    again after it was assigned it is the new one."""
    quant = {"scale": 0.1, "zero_point": 3}
    resource = {"shape": [1], "type": "resource"}
    value = {"shape": [1, 4], **quant}
    tensors = [value, resource, value, value, value, {"shape": [1, 8], **quant}]
    nodes: list[Node] = [
        ("VAR_HANDLE", [], [1], {"container": b"", "sharedName": b"last"}),
        ("READ_VARIABLE", [1], [2], {}),
        ("ADD", [0, 2], [3], {"fusedActivationFunction": "NONE"}),
        ("ASSIGN_VARIABLE", [1, 3], [], {}),
        ("READ_VARIABLE", [1], [4], {}),
        ("CONCATENATION", [2, 4], [5], {"axis": 1, "fusedActivationFunction": "NONE"}),
    ]
    graphs: list[tuple[list[Spec], list[int], list[int], list[Node]]] = [(tensors, [0], [5], nodes)]
    if first is not None:
        nodes.insert(0, ("CALL_ONCE", [], [], {"initSubgraphIndex": 1}))
        constant = {**value, "data": np.array([first], np.int8)}
        graphs.append(([resource, constant], [], [], [nodes[1], nodes[4]]))
        graphs[1][3][0] = ("VAR_HANDLE", [], [0], nodes[1][3])
        graphs[1][3][1] = ("ASSIGN_VARIABLE", [0, 1], [], {})
    return built(graphs)


def real_sum() -> bytes:
    """A running sum in float32, as the converter leaves variables."""
    real = {"shape": [1, 4], "type": "float32"}
    value = {"shape": [1, 4], "scale": 0.1, "zero_point": 3}
    resource = {"shape": [1], "type": "resource"}
    tensors = [value, resource, real, value, value, real]
    nodes: list[Node] = [
        ("CALL_ONCE", [], [], {"initSubgraphIndex": 1}),
        ("VAR_HANDLE", [], [1], {"container": b"", "sharedName": b"sum"}),
        ("READ_VARIABLE", [1], [2], {}),
        ("QUANTIZE", [2], [3], {}),
        ("ADD", [0, 3], [4], {"fusedActivationFunction": "NONE"}),
        ("DEQUANTIZE", [4], [5], {}),
        ("ASSIGN_VARIABLE", [1, 5], [], {}),
    ]
    first = np.array([[0.5, -1.25, 2.0, 0.0]], np.float32)
    called: list[Node] = [
        ("VAR_HANDLE", [], [0], {"container": b"", "sharedName": b"sum"}),
        ("ASSIGN_VARIABLE", [0, 1], [], {}),
    ]
    return built(
        [(tensors, [0], [4], nodes), ([resource, {**real, "data": first}], [], [], called)]
    )


def computed() -> bytes:
    """Its first value is a sum that the called subgraph makes."""
    value = {"shape": [1, 4], "scale": 0.1, "zero_point": 3}
    resource = {"shape": [1], "type": "resource"}
    constant = {**value, "data": np.array([[1, 2, 3, 4]], np.int8)}
    handle: Spec = {"container": b"", "sharedName": b"last"}
    nodes: list[Node] = [
        ("CALL_ONCE", [], [], {"initSubgraphIndex": 1}),
        ("VAR_HANDLE", [], [1], handle),
        ("READ_VARIABLE", [1], [2], {}),
        ("ASSIGN_VARIABLE", [1, 0], [], {}),
    ]
    called: list[Node] = [
        ("VAR_HANDLE", [], [0], handle),
        ("ADD", [1, 1], [2], {"fusedActivationFunction": "NONE"}),
        ("ASSIGN_VARIABLE", [0, 2], [], {}),
    ]
    return built(
        [([value, resource, value], [0], [2], nodes), ([resource, constant, value], [], [], called)]
    )


MODELS: dict[str, Callable[[], bytes]] = {
    "svdf": lambda: svdf("int16", 0, 1),
    "svdf_rank": lambda: svdf("int16", 0, 2),
    "svdf_int8": lambda: svdf("int8", 0, 2),
    "svdf_zero_point": lambda: svdf("int8", -4, 1),
    "svdf_float": lambda: svdf_float(1, "RELU"),
    "svdf_float_rank": lambda: svdf_float(2, "NONE"),
    "delays": lambda: delays(None),
    "delays_first": lambda: delays([7, -7, 100, 0]),
    "delays_same": lambda: delays([5, 5, 5, 5]),
    "real_sum": real_sum,
}


def built(graphs: list[tuple[list[Spec], list[int], list[int], list[Node]]]) -> bytes:
    """The .tflite of subgraphs: tensors, inputs, outputs and nodes; `data` makes a constant."""
    model = schema.ModelT()
    model.version = 3
    model.buffers = [schema.BufferT()]
    model.operatorCodes, model.subgraphs = [], []
    rng = np.random.default_rng(0)
    codes: dict[str, int] = {}
    for specs, inputs, outputs, nodes in graphs:
        graph = schema.SubGraphT()
        graph.inputs, graph.outputs = inputs, outputs
        graph.tensors = [tensor_of(spec, f"tensor{i}", rng) for i, spec in enumerate(specs)]
        for tensor, spec in zip(graph.tensors, specs, strict=True):
            if "data" in spec:
                tensor.buffer = len(model.buffers)
                buffer = schema.BufferT()
                buffer.data = np.frombuffer(spec["data"].tobytes(), np.uint8)
                model.buffers.append(buffer)
        graph.operators = [_operator(model, codes, node) for node in nodes]
        model.subgraphs.append(graph)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _operator(model: Any, codes: dict[str, int], node: Node) -> Any:
    op, inputs, outputs, options = node
    if op not in codes:
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, op)
        code.deprecatedBuiltinCode = min(code.builtinCode, 127)
        code.version = 1
        codes[op] = len(model.operatorCodes)
        model.operatorCodes.append(code)
    operator = schema.OperatorT()
    operator.opcodeIndex = codes[op]
    operator.inputs, operator.outputs = inputs, outputs
    set_options(operator, {"op": op, "name": op, "options": options})
    return operator
