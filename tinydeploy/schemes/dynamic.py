"""dynamic ("for size"): int8 weights, expanded as they are used; values and arithmetic are float32.

TensorFlow Lite calls it dynamic range quantization. What its converter leaves in float (weights of
fewer than 1,024 elements) stays in float.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tinydeploy.graph import Graph

needs_calibration = False
needs_training = False

WHY_IN_FLOAT = "TensorFlow Lite's converter quantizes no weights of fewer than 1,024 elements"

_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")


def configure(converter: Any, samples: Callable[[], Iterator[list[Any]]]) -> None:
    """Post-training quantization without a representative data set: of weights only."""
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]


def refuse(graph: Graph) -> tuple[str, str]:
    """A dynamic-range .tflite has float32 inputs and int8 constants."""
    floats = all(graph.tensor(i).dtype == "float32" for i in graph.inputs)
    varying = any(t.scales and t.data is None for t in graph.tensors)
    if floats and not varying and any(t.scales for t in graph.tensors):
        return "", ""
    reason = "its values are quantized too" if varying else "its weights are not quantized"
    return (
        f"{graph.name} is not dynamic-range: {reason}",
        "give the Keras model (.keras, .h5 or SavedModel)",
    )


def left_in_float(graph: Graph) -> tuple[str, ...]:
    """The layers whose weights stay in float; see `WHY_IN_FLOAT`."""
    return tuple(
        f"{node.name} ({node.op}, {graph.input(node, 1).size:,} weights)"
        for node in graph.nodes
        if node.op in _WEIGHTED
        and graph.input(node, 1).dtype == "float32"
        and graph.input(node, 1).data is not None
    )
