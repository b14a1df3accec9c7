"""A model that `tflite_micro` runs in the place of one with 4-bit weights of several scales."""

from __future__ import annotations

from typing import Any

import numpy as np
import tflite

from tinydeploy.tflite import unpack_int4


def unpacked(model: bytes) -> bytes:
    """The same model with 8-bit weights where a Dense layer has 4-bit ones of several scales.

    The interpreter refuses such a layer. With one scale it unpacks the weights and goes on as with
    8-bit ones, which it takes with several: so the results are those that it would have.
    """
    wide = _dense(tflite.Model.GetRootAs(model, 0))
    if not wide:
        return model
    import flatbuffers
    from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    for index in wide:
        tensor = tree.subgraphs[0].tensors[index]
        raw = np.asarray(tree.buffers[tensor.buffer].data, np.uint8)
        values = unpack_int4(raw, tuple(tensor.shape))
        tensor.type = schema.TensorType.INT8
        tensor.buffer = len(tree.buffers)
        tree.buffers.append(schema.BufferT())
        tree.buffers[-1].data = values.reshape(-1).view(np.uint8)
    builder = flatbuffers.Builder(len(model))
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _dense(model: Any) -> set[int]:
    """The 4-bit weights of several scales that Dense layers have, by their tensors' indices."""
    graph = model.Subgraphs(0)
    found = set()
    for operator in map(graph.Operators, range(graph.OperatorsLength())):
        code = model.OperatorCodes(operator.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if kind == tflite.BuiltinOperator.FULLY_CONNECTED:
            tensor = graph.Tensors(operator.Inputs(1))
            scales = tensor.Quantization().ScaleLength() if tensor.Quantization() else 0
            if tensor.Type() == tflite.TensorType.INT4 and scales > 1:
                found.add(int(operator.Inputs(1)))
    return found
