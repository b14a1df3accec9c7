"""int8-qat: int8 after training with rounded weights and activations, which brings its own ranges.

The layers and their training are tinydeploy.training.rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from tinydeploy.schemes.int8 import left_in_float, refuse

if TYPE_CHECKING:
    from tinydeploy.training.fitting import Run

__all__ = ["configure", "left_in_float", "needs_calibration", "needs_training", "refuse", "train"]

needs_calibration = False
needs_training = True


def train(model: Any, run: Run) -> Any:
    """The model with fake quantization in it, fine-tuned."""
    from tinydeploy.training import rounded

    return rounded.train(model, run)


def configure(converter: Any, samples: Callable[[], Iterator[list[Any]]]) -> None:
    """The ranges are in the model. A restriction to integer kernels would ask for a representative
    data set all the same; what is left in float is found afterwards."""
    import tensorflow as tf

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
