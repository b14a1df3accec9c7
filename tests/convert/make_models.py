"""Write models of all kinds that `quantize` reads, also ones it must refuse, into a folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import h5py
import keras
import tensorflow as tf
from keras import layers


def depthwise_as_keras_2_wrote_it(path: Path) -> keras.Model:
    """An .h5 whose DepthwiseConv2D has the key `groups` that Keras 3 refuses."""
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Rescaling(1 / 255),
            layers.DepthwiseConv2D(3),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )
    model.save(path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for layer in config["config"]["layers"]:
            if layer["class_name"] == "DepthwiseConv2D":
                layer["config"]["groups"] = 1
        file.attrs["model_config"] = json.dumps(config)
    return model


class Plain(tf.Module):
    """A SavedModel that Keras had no part in, with a batch of any size."""

    def __init__(self) -> None:
        self.filter = tf.Variable(tf.random.normal([6, 3]))

    @tf.function(input_signature=[tf.TensorSpec([None, 6], tf.float32)])
    def serve(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"out": tf.nn.softmax(x @ self.filter)}


class Fours(Plain):
    """One that takes four samples at a time."""

    @tf.function(input_signature=[tf.TensorSpec([4, 6], tf.float32)])
    def serve(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"out": x @ self.filter}


@keras.saving.register_keras_serializable()
class Twice(layers.Layer):
    """A custom layer, whose code the reader does not have."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return x * 2


def inverse(x: tf.Tensor) -> tf.Tensor:
    """An operator that TensorFlow Lite does not have."""
    return tf.linalg.inv(tf.matmul(x, x, transpose_b=True))


def main(folder: Path) -> None:
    keras.utils.set_random_seed(1)
    depthwise_as_keras_2_wrote_it(folder / "old.h5").export(str(folder / "saved"), verbose=False)
    plain = Plain()
    tf.saved_model.save(plain, str(folder / "plain"), signatures=plain.serve)
    fours = Fours()
    tf.saved_model.save(fours, str(folder / "fours"), signatures=fours.serve)
    keras.Sequential([keras.Input((6,)), Twice()]).save(folder / "custom.keras")
    a, b = keras.Input((6,)), keras.Input((6,))
    keras.Model([a, b], layers.Add()([a, b])).save(folder / "two_inputs.keras")
    picture, ids = keras.Input((8, 8, 3), dtype="uint8"), keras.Input((4,), dtype="int64")
    seen = layers.Flatten()(layers.Rescaling(1 / 255)(picture))
    read = layers.Flatten()(layers.Embedding(9, 3)(ids))
    joined = layers.Concatenate()([seen, read])
    keras.Model({"z": picture, "a": ids}, layers.Dense(2)(joined)).save(folder / "raw.keras")
    image = keras.Input((None, None, 1))
    pooled = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(image))
    keras.Model(image, pooled).save(folder / "any_size.keras")
    vector = keras.Input((6,))
    keras.Model(vector, layers.Flatten()(layers.Lambda(inverse)(vector[..., None]))).export(
        str(folder / "no_such_operator"), verbose=False
    )
    keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dense(1, activation="sigmoid"),
        ]
    ).save(folder / "normalized.keras")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
