"""Write models as people have them, with seeded weights, and calibration samples into a folder."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
from keras import layers

from tinydeploy.schemes import SCHEMES

SAMPLES = 100


def motion() -> keras.Model:
    """Convolutions over time, causal and dilated, on six axes of an inertial sensor."""
    x = series = keras.Input((64, 6))
    x = layers.Conv1D(8, 5, padding="causal", activation="relu")(x)
    x = layers.Conv1D(12, 3, padding="causal", dilation_rate=2, activation="relu")(x)
    x = layers.MaxPooling1D(2)(x)
    x = layers.Conv1D(12, 3, padding="causal", dilation_rate=4)(x)
    x = layers.LeakyReLU(negative_slope=0.1)(x)
    x = layers.SeparableConv1D(16, 3, padding="same", activation="tanh")(x)
    x = layers.GlobalMaxPooling1D()(x)
    return keras.Model(series, layers.Dense(5, activation="softmax")(x))


def segmentation() -> keras.Model:
    """A small U-Net: transposed convolution, bilinear upsampling, concatenated skips."""
    image = keras.Input((16, 16, 3))
    wide = layers.Conv2D(8, 3, padding="same", activation="relu")(image)
    middle = layers.Conv2D(12, 3, strides=2, padding="same", activation="relu")(wide)
    x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(middle)
    x = layers.Conv2DTranspose(12, 3, strides=2, padding="same", activation="relu")(x)
    x = layers.Concatenate()([x, middle])
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    x = layers.UpSampling2D(2, interpolation="bilinear")(x)
    x = layers.Concatenate()([x, wide])
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    return keras.Model(image, layers.Conv2D(2, 1, activation="sigmoid")(x))


def mobile() -> keras.Model:
    """Blocks as in MobileNetV3: residuals, hard swish, squeeze and excite."""
    image = keras.Input((32, 32, 3))
    x = _swish(layers.Conv2D(8, 3, strides=2, padding="same")(image))
    x = _block(x, 16, 8, stride=1, squeeze=True)
    x = _block(x, 24, 12, stride=2, squeeze=False)
    x = _block(x, 32, 12, stride=1, squeeze=True)
    x = layers.GlobalAveragePooling2D()(x)
    x = _swish(layers.Dense(24)(x))
    return keras.Model(image, layers.Dense(4, activation="softmax")(x))


def keyword() -> keras.Model:
    """An LSTM over the frames of a spectrogram."""
    frames = keras.Input((12, 10))
    x = layers.LSTM(16)(frames)
    return keras.Model(frames, layers.Dense(6, activation="softmax")(x))


def streaming() -> keras.Model:
    """An LSTM that goes on where the last frames ended."""
    frames = keras.Input((2, 10), batch_size=1)
    x = layers.Dense(8, activation="relu")(frames)
    x = layers.LSTM(12, stateful=True)(x)
    return keras.Model(frames, layers.Dense(6, activation="softmax")(x))


class Ring(layers.Layer):
    """The last frames, in a variable: the model is given one more each time."""

    def __init__(self, frames: int) -> None:
        super().__init__()
        self.frames = frames

    def build(self, shape: tuple[int, ...]) -> None:
        """The frames before the first one are zeros."""
        shape = (1, self.frames, shape[-1])
        self.last = self.add_weight(shape=shape, initializer="zeros", trainable=False, name="last")

    def call(self, x: Any) -> Any:
        """The last frames, of which the newest is `x`."""
        now = keras.ops.concatenate([self.last[:, 1:], x], axis=1)
        self.last.assign(now)
        return now


def ring() -> keras.Model:
    """Convolutions over the last frames, which the model keeps itself."""
    frame = keras.Input((1, 10), batch_size=1)
    x = layers.Dense(8, activation="relu")(frame)
    x = layers.Conv1D(8, 3, activation="relu")(Ring(6)(x))
    return keras.Model(frame, layers.Dense(4, activation="softmax")(layers.Flatten()(x)))


def attention() -> keras.Model:
    """A transformer's block, and a GRU over what it gives."""
    frames = keras.Input((8, 8))
    x = layers.MultiHeadAttention(2, 4)(frames, frames)
    x = layers.LayerNormalization()(x + frames)
    x = layers.GRU(6)(layers.Dense(12, activation="relu")(x))
    return keras.Model(frames, layers.Dense(3, activation="softmax")(x))


def _swish(x: Any) -> Any:
    return layers.Activation("hard_silu")(x)


def _block(x: Any, expanded: int, out: int, stride: int, squeeze: bool) -> Any:
    y = _normalized(layers.Conv2D(expanded, 1, use_bias=False)(x))
    y = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False)(_swish(y))
    y = _swish(_normalized(y))
    if squeeze:
        gate = layers.GlobalAveragePooling2D(keepdims=True)(y)
        gate = layers.Conv2D(expanded // 4, 1, activation="relu")(gate)
        gate = layers.Conv2D(expanded, 1, activation="hard_sigmoid")(gate)
        y = layers.Multiply()([y, gate])
    y = _normalized(layers.Conv2D(out, 1, use_bias=False)(y))
    return layers.Add()([x, y]) if stride == 1 and x.shape[-1] == out else y


def _normalized(x: Any) -> Any:
    """Batch normalization as after training: moments that are not 0 and 1."""
    rng = np.random.default_rng(x.shape[-1])
    layer = layers.BatchNormalization()
    y = layer(x)
    layer.moving_mean.assign(rng.normal(size=x.shape[-1]) / 5)
    layer.moving_variance.assign(rng.uniform(0.5, 2, x.shape[-1]))
    return y


MODELS: dict[str, Callable[[], keras.Model]] = {
    "attention": attention,
    "keyword": keyword,
    "mobile": mobile,
    "motion": motion,
    "ring": ring,
    "segmentation": segmentation,
    "streaming": streaming,
}


def plain() -> keras.Model:
    """Layers that every scheme has."""
    image = keras.Input((8, 8, 2))
    x = layers.Conv2D(6, 3, padding="same", activation="relu")(image)
    x = layers.GlobalAveragePooling2D()(layers.MaxPooling2D(2)(x))
    return keras.Model(image, layers.Dense(5, activation="softmax")(x))


BORDERS = {"uint8_float32": "int8", "float32_uint8": "int8", "int16_float32": "int16x8"}
"""Types of a model's input and output, and the scheme of what is between."""


def with_borders(name: str, scheme: str, image: keras.Model, samples: np.ndarray) -> bytes:
    """The .tflite of a model whose input and output have the types of `name`."""
    import tensorflow as tf

    given, made = (getattr(tf, kind) for kind in name.split("_"))
    with TemporaryDirectory() as folder:
        image.export(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        SCHEMES[scheme].configure(converter, lambda: ([x[None]] for x in samples))
        converter.inference_input_type, converter.inference_output_type = given, made
        converted: bytes = converter.convert()
    return converted


def main(folder: Path) -> None:
    keras.utils.set_random_seed(3)
    rng = np.random.default_rng(3)
    for name, make in MODELS.items():
        model = make()
        if name == "ring":  # a .keras file has no code of its own layers
            model.export(folder / name, verbose=False)
        else:
            model.save(folder / f"{name}.keras")
        samples = rng.normal(size=(SAMPLES, *model.input_shape[1:])).astype(np.float32)
        np.savez(folder / f"{name}.npz", x=samples)
    image = plain()
    samples = rng.normal(size=(10, *image.input_shape[1:])).astype(np.float32)
    for name, scheme in BORDERS.items():
        (folder / f"{name}.tflite").write_bytes(with_borders(name, scheme, image, samples))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
