"""float16: weights are IEEE halves, expanded to float32 as they are used; values are float32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tinydeploy.graph import Graph

needs_calibration = False
needs_training = False


def configure(converter: Any, samples: Callable[[], Iterator[list[Any]]]) -> None:
    """Post-training quantization of weights to halves."""
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]


def refuse(graph: Graph) -> tuple[str, str]:
    """A .tflite of halves has a float16 constant and no quantized tensor."""
    halves = any(t.dtype == "float16" for t in graph.tensors)
    if halves and not any(t.scales for t in graph.tensors):
        return "", ""
    return (
        f"{graph.name} is not float16: " + ("it is quantized" if halves else "it has no halves"),
        "give the Keras model (.keras, .h5 or SavedModel)",
    )


def left_in_float(graph: Graph) -> tuple[str, ...]:
    """None is left: float is what was asked for."""
    return ()
