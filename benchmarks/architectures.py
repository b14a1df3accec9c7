"""The four MLPerf Tiny architectures in Keras, with seeded weights instead of trained ones.

Speed, size and memory do not depend on what a network has learned, but its activations must look
alive: filters of equal gain, batch normalization with the statistics of seeded noise, and answers
that differ between inputs.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinydeploy.quantize import quantize
from tinydeploy.tools import write_atomic

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# oneDNN sums in another order on each kind of CPU.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

from tensorflow import keras

layers = keras.layers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SEED = 20260101
CALIBRATION_SAMPLES = 128
_STATISTICS_STEP = 1 / 256


def _normalized(x: Any, relu: bool = True) -> Any:
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x) if relu else x


def _conv(x: Any, filters: int, size: int | tuple[int, int], strides: int | tuple[int, int]) -> Any:
    return layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False)(x)


def _separable(x: Any, filters: int, strides: int = 1) -> Any:
    x = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(x)
    return _normalized(_conv(_normalized(x), filters, 1, 1))


def _classifier(x: Any, classes: int) -> Any:
    x = layers.AveragePooling2D(x.shape[1:3])(x)
    return layers.Dense(classes, activation="softmax")(layers.Flatten()(x))


def kws() -> keras.Model:
    """Keyword spotting: DS-CNN on 49 frames of 10 MFCCs, 12 words; 2.66 million MACs."""
    start = keras.Input((49, 10, 1))
    x = _normalized(_conv(start, 64, (10, 4), (2, 2)))
    for _ in range(4):
        x = _separable(x, 64)
    return keras.Model(start, _classifier(x, 12))


def vww() -> keras.Model:
    """Visual wake words: MobileNetV1 of width 0.25 on 96×96 RGB, 2 classes; 7.49 million MACs."""
    start = keras.Input((96, 96, 3))
    x = _normalized(_conv(start, 8, 3, 2))
    for filters, strides in ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)):
        x = _separable(x, filters, strides)
    for _ in range(5):
        x = _separable(x, 128)
    x = _separable(_separable(x, 256, 2), 256)
    return keras.Model(start, _classifier(x, 2))


def resnet() -> keras.Model:
    """Image classification: ResNet-8 on 32×32 RGB, 10 classes; 12.5 million MACs."""
    start = keras.Input((32, 32, 3))
    x = _normalized(_conv(start, 16, 3, 1))
    for filters, strides in ((16, 1), (32, 2), (64, 2)):
        y = _normalized(_conv(x, filters, 3, strides))
        y = _normalized(_conv(y, filters, 3, 1), relu=False)
        if strides > 1:
            x = layers.Conv2D(filters, 1, strides=strides, padding="same")(x)
        x = layers.ReLU()(layers.Add()([x, y]))
    return keras.Model(start, _classifier(x, 10))


def ad() -> keras.Model:
    """Anomaly detection: dense autoencoder of 5 frames of 128 mel bands; 0.26 million MACs."""
    x = start = keras.Input((640,))
    for units in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        x = _normalized(layers.Dense(units)(x))
    return keras.Model(start, layers.Dense(640)(x))


ARCHITECTURES: dict[str, Callable[[], keras.Model]] = {
    "kws": kws,
    "vww": vww,
    "resnet": resnet,
    "ad": ad,
}


def seeded(name: str) -> tuple[keras.Model, Floats]:
    """The architecture with seeded weights, and the samples [n, …] of noise that calibrate it."""
    keras.backend.clear_session()
    rng = np.random.default_rng([SEED, sorted(ARCHITECTURES).index(name)])
    model = ARCHITECTURES[name]()
    for layer in model.layers:
        _set_weights(layer, rng)
    shape = (CALIBRATION_SAMPLES, *model.input_shape[1:])
    samples = rng.uniform(-1, 1, shape).astype(np.float32)
    _set_statistics(model, samples)
    if model.layers[-1].activation is keras.activations.softmax:
        _spread_logits(model, samples)
    return model, samples


def _set_weights(layer: keras.Layer, rng: np.random.Generator) -> None:
    """Filters of unit L2 norm times √2 (what a ReLU takes away); small biases; scales about one."""
    if isinstance(layer, layers.BatchNormalization):
        size = layer.gamma.shape
        layer.gamma.assign(rng.uniform(0.8, 1.25, size))
        layer.beta.assign(rng.normal(0, 0.2, size))
        layer.momentum = 0.0  # one pass in training mode leaves the statistics of exactly that pass
    elif isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.Dense):
        filters = rng.normal(0, 1, layer.kernel.shape)
        taps = (
            (0, 1) if isinstance(layer, layers.DepthwiseConv2D) else tuple(range(filters.ndim - 1))
        )
        norm = np.sqrt(np.sum(filters**2, axis=taps, keepdims=True))
        layer.kernel.assign(filters * np.sqrt(2) / norm)
        if layer.use_bias:
            layer.bias.assign(rng.normal(0, 0.2, layer.bias.shape))


def _set_statistics(model: keras.Model, samples: Floats) -> None:
    """The noise's mean and variance, rounded: a last bit of another CPU must not matter."""
    model(samples, training=True)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            for statistic in (layer.moving_mean, layer.moving_variance):
                rounded = np.round(np.asarray(statistic) / _STATISTICS_STEP) * _STATISTICS_STEP
                statistic.assign(rounded)
            layer.moving_variance.assign(np.maximum(layer.moving_variance, _STATISTICS_STEP))


def _spread_logits(model: keras.Model, samples: Floats) -> None:
    """Centre and scale the classifier: its answers to noise become neither equal nor certain.

    Average pooling leaves little of the noise: each logit gets mean 0 and standard deviation 2.
    """
    classifier = model.layers[-1]
    features = np.asarray(keras.Model(model.input, classifier.input)(samples))
    logits = features @ np.asarray(classifier.kernel)
    scale = np.round(2 / logits.std(axis=0), 2)
    classifier.kernel.assign(classifier.kernel * scale)
    classifier.bias.assign(np.round(-logits.mean(axis=0) * scale, 2))


def main(name: str, path: Path) -> None:
    """Write the architecture `name`, quantized by tinydeploy's int8 scheme, to `path`."""
    model, samples = seeded(name)
    with tempfile.TemporaryDirectory() as folder:
        source, calibration = Path(folder) / f"{name}.keras", Path(folder) / "calib.npz"
        model.save(source)
        np.savez(calibration, x=samples)
        write_atomic(path, quantize(source, "int8", calibration).tflite)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
