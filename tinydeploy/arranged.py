"""`arranged`: a converted model whose inputs and outputs have the float model's order and names.

TensorFlow Lite's converter gives several of them any order, and names of its own. They are exported
under keys, which the .tflite's signature tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Signature:
    """The names of a model's inputs and outputs, in order."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def input_key(place: int) -> str:
    """The name under which input number `place` is exported."""
    return f"input_{place:04d}"


def output_key(place: int) -> str:
    """The name under which output number `place` is exported."""
    return f"output_{place:04d}"


def arranged(tflite: bytes, names: Signature) -> bytes:
    """The model of a .tflite with its inputs and outputs in the order and under the names of
    `names`; they were exported under their keys. Called in the conversion's own process."""
    import flatbuffers
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(tflite, 0))
    graph, (signature,) = model.subgraphs[0], model.signatureDefs
    graph.inputs = _ordered(graph, signature.inputs, names.inputs, input_key)
    graph.outputs = _ordered(graph, signature.outputs, names.outputs, output_key)
    builder = flatbuffers.Builder(len(tflite))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _ordered(graph: Any, maps: Sequence[Any], names: Sequence[str], key: Any) -> list[int]:
    """The tensors of `maps` in the order of `names`, and renamed so. A tensor that is two outputs
    at once has the last one's name."""
    by_key = {one.name.decode(): one for one in maps}
    order = []
    for place, name in enumerate(names):
        found = by_key[key(place)]
        found.name = name.encode()
        graph.tensors[found.tensorIndex].name = name.encode()
        order.append(int(found.tensorIndex))
    return order
