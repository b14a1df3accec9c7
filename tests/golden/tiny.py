"""Makes tiny.tflite, the model of the golden tests; run by hand: `python tests/golden/tiny.py`.

Its Dense filter is per-tensor, as boards with an old TensorFlow Lite Micro library need it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

SHAPE = (1, 4, 4, 1)


def samples() -> Iterator[list[np.ndarray]]:
    """Calibration: the same random images every time."""
    random = np.random.default_rng(0)
    for _ in range(20):
        yield [random.random(SHAPE, np.float32)]


def main() -> None:
    """Write tiny.tflite beside this file."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input(SHAPE[1:]),
            layers.Conv2D(2, 3, activation="relu", name="conv"),
            layers.Flatten(name="flatten"),
            layers.Dense(3, name="dense"),
            layers.Softmax(name="softmax"),
        ]
    )
    with tempfile.TemporaryDirectory() as folder:
        signature = [tf.TensorSpec(SHAPE, tf.float32)]
        model.export(folder, format="tf_saved_model", input_signature=signature, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = samples
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
        (Path(__file__).parent / "tiny.tflite").write_bytes(converter.convert())


if __name__ == "__main__":
    main()
