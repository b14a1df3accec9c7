"""int16x8: activations, input and output are 16-bit integers, weights 8-bit ones.

Activations are symmetric (their zero point is 0), biases 64-bit. Where 8 bits of activations cost
accuracy, this costs twice the RAM and no more flash.
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
    """Post-training quantization with a representative data set.

    The restriction to one set of kernels makes the converter fail rather than leave a layer in
    float.
    """
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    ]
    converter.inference_input_type = tf.int16
    converter.inference_output_type = tf.int16


def refuse(graph: Graph) -> tuple[str, str]:
    """A .tflite must compute in int16 already."""
    return int8.refuse_but(graph, "int16")
