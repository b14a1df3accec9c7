"""int8-per-tensor: full integer as int8, but each filter has one scale for all its channels.

For runtimes that read no scales per channel, and to see what those are worth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tinydeploy.graph import Graph
from tinydeploy.schemes import int8
from tinydeploy.schemes.int8 import left_in_float

__all__ = ["configure", "left_in_float", "needs_calibration", "needs_training", "refuse"]

needs_calibration = True
needs_training = False


def configure(converter: Any, samples: Callable[[], Iterator[list[Any]]]) -> None:
    """Full integer quantization without scales per channel."""
    int8.configure(converter, samples)
    converter._experimental_disable_per_channel = True


def refuse(graph: Graph) -> tuple[str, str]:
    """A .tflite must compute in int8 already, each constant with one scale."""
    reason, hint = int8.refuse(graph)
    several = [t for t in graph.tensors if len(t.scales) > 1 and t.dtype == "int8"]
    if reason or not several:
        return reason, hint
    return (
        f"{graph.name} has {len(several[0].scales)} scales in {several[0].name}",
        "deploy it with --scheme int8, or give the Keras model and --calib",
    )
