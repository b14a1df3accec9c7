"""float32: nothing is quantized; the model is only converted to TensorFlow Lite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tinydeploy.graph import Graph

needs_calibration = False
needs_training = False


def configure(converter: Any, samples: Callable[[], Iterator[list[Any]]]) -> None:
    """The converter's own defaults give a float model."""


def refuse(graph: Graph) -> tuple[str, str]:
    """A .tflite with any quantized or half-precision tensor is not float32."""
    other = [t for t in graph.tensors if t.scales or t.dtype == "float16"]
    if not other:
        return "", ""
    return (
        f"{graph.name} is not float32: tensor {other[0].name} is {other[0].dtype}",
        "leave --scheme float32 out when the .tflite is quantized already",
    )


def left_in_float(graph: Graph) -> tuple[str, ...]:
    """None is left: float is what was asked for."""
    return ()
