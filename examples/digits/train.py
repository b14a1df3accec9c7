"""Train the digits model on scikit-learn's `load_digits` and write every file of this example.

Run `python train.py` in any folder: it needs tensorflow and scikit-learn. Only `digits.keras`,
`calib.npz`, `train.npz` and `test.npz` beside this file are written. The seeds are fixed; another
version of TensorFlow may still end with slightly different weights. Save with Python 3.10, whose
last Keras is 3.12: newer ones read what it writes, but not the other way round.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = 7
TEST_IMAGES = 360
CALIBRATION_IMAGES = 256
EPOCHS = 60
HERE = Path(__file__).resolve().parent


def split() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Train and test images [n, 8, 8, 1] scaled from 0..16 to 0..1, and their labels 0..9."""
    images, labels = load_digits(return_X_y=True)
    scaled = (images / 16.0).astype(np.float32).reshape(-1, 8, 8, 1)
    x_train, x_test, y_train, y_test = train_test_split(
        scaled, labels, test_size=TEST_IMAGES, stratify=labels, random_state=SEED
    )
    return x_train, x_test, y_train, y_test


def network() -> keras.Model:
    """A small CNN: convolution, depthwise-separable convolution, pooling, dense, softmax."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            layers.Conv2D(16, 3, padding="same", use_bias=False, name="conv"),
            layers.BatchNormalization(name="conv_norm"),
            layers.ReLU(name="conv_relu"),
            layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise"),
            layers.BatchNormalization(name="depthwise_norm"),
            layers.ReLU(name="depthwise_relu"),
            layers.Conv2D(32, 1, use_bias=False, name="pointwise"),
            layers.BatchNormalization(name="pointwise_norm"),
            layers.ReLU(name="pointwise_relu"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dropout(0.3, name="dropout"),
            layers.Dense(10, name="dense"),
            layers.Softmax(name="probabilities"),
        ],
        name="digits",
    )


def train(x: np.ndarray, y: np.ndarray) -> keras.Model:
    """The trained network, without optimizer state."""
    model = network()
    steps = EPOCHS * -(-len(x) // 32)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, steps)),
        "sparse_categorical_crossentropy",
    )
    model.fit(x, y, batch_size=32, epochs=EPOCHS, verbose=0)
    bare = network()
    bare.set_weights(model.get_weights())
    return bare


def main() -> None:
    """Train, save and print the accuracy on the held-out images."""
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    x_train, x_test, y_train, y_test = split()
    model = train(x_train, y_train)
    model.save(HERE / "digits.keras")
    np.savez_compressed(HERE / "calib.npz", x=x_train[:CALIBRATION_IMAGES])
    np.savez_compressed(HERE / "train.npz", x=x_train, y=y_train.astype(np.int64))
    np.savez_compressed(HERE / "test.npz", x=x_test, y=y_test.astype(np.int64))
    top1 = model.predict(x_test, verbose=0).argmax(axis=1)
    print(f"{len(x_train)} images trained on, {len(x_test)} held out")
    print(f"{model.count_params()} parameters, float accuracy {np.mean(top1 == y_test):.4f}")


if __name__ == "__main__":
    main()
