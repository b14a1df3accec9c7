"""What a firmware must know of a model's inputs and outputs: types, shapes and scales."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Graph
from tinydeploy.render import render

SCALES = "model_scales.h"
_KINDS = {"uint8": "B", "bool": "B", "int16": "h", "int32": "i", "float32": "f"}  # as struct's
_C_TYPES = {"float32": "float", "bool": "uint8_t"}  # others are called as in C, but for the _t


def border(graph: Graph, tensor: int) -> dict[str, object]:
    """Facts of one tensor as templates print them. `least` and `most` are 0 without a scale."""
    facts = graph.tensor(tensor)
    limits = np.iinfo(facts.dtype) if facts.scales and facts.dtype != "float32" else None
    return {
        "name": facts.name,
        "shape": "x".join(map(str, facts.shape)),
        "dtype": facts.dtype,
        "kind": _KINDS.get(facts.dtype, "b"),
        "c_type": _C_TYPES.get(facts.dtype, f"{facts.dtype}_t"),
        "scale": f"{facts.scale if limits else 1.0:.9e}f",
        "zero_point": facts.zero_point if limits else 0,
        "least": limits.min if limits else 0,
        "most": limits.max if limits else 0,
        "bytes": facts.bytes,
    }


def scales(graph: Graph, name: str) -> str:
    """model_scales.h: the scales of all inputs and outputs, and code that applies them."""
    inputs = [border(graph, tensor) for tensor in graph.inputs]
    outputs = [border(graph, tensor) for tensor in graph.outputs]
    return render(f"{SCALES}.j2", name=name, inputs=inputs, outputs=outputs)
