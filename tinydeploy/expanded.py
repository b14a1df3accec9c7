"""`for_floats`: a model with every constant of a float layer in float32, for the oracle.

TensorFlow Lite Micro runs neither halves nor hybrid layers (float32 values, int8 weights), and its
DEQUANTIZE silently ignores scales per channel. With the constants as float32 it runs the same graph
with its float kernels: the reference of what the aot engine computes. Tensors keep their indices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flatbuffers
import numpy as np

from tinydeploy.graph import Graph
from tinydeploy.ops.float32.values import expanded, is_constant, is_expandable
from tinydeploy.tflite import read

if TYPE_CHECKING:
    from tinydeploy.graph import Array

_FLOAT32 = 0  # of TensorFlow Lite's schema


def for_floats(tflite: bytes) -> bytes:
    """The model with such constants expanded; the same bytes when it has none."""
    graph = read(tflite, "model")
    values = _values(graph)
    if not values:
        return tflite
    from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(tflite, 0))
    subgraph: Any = model.subgraphs[0]
    for index, data in values.items():
        tensor = subgraph.tensors[index]
        tensor.type = _FLOAT32
        tensor.quantization = None
        tensor.buffer = len(model.buffers)
        model.buffers.append(schema.BufferT())
        model.buffers[-1].data = np.frombuffer(data.tobytes(), np.uint8)
    kept = zip(graph.nodes, subgraph.operators, strict=True)
    subgraph.operators = [operator for node, operator in kept if not is_constant(graph, node)]
    builder = flatbuffers.Builder(len(tflite))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _values(graph: Graph) -> dict[int, Array]:
    """The float32 values of the tensors that become constants of that type."""
    values: dict[int, Array] = {}
    for node in graph.nodes:
        if is_constant(graph, node):
            values[node.outputs[0]] = expanded(graph.input(node, 0))
            continue
        tensors = [graph.tensor(i) for i in node.inputs if i >= 0]
        if any(t.dtype == "float32" and t.data is None for t in tensors):
            for tensor in tensors:
                if tensor.dtype != "float32" and is_expandable(tensor):
                    values[tensor.index] = expanded(tensor)
    return values
