"""Train the motion model on BasicMotions and write every file of this example.

Run `python train.py` in any folder: it needs tensorflow and the recordings that the package aeon
carries (`pip install --no-deps aeon`: its code is not imported). Only `motion.keras`, `calib.npz`,
`train.npz` and `test.npz` beside this file are written. The seeds are fixed; another version of
TensorFlow may still end with slightly different weights. Save with a Keras of 3.12 or older, the
last for Python 3.10: newer ones read what it writes, but not the other way round.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers

SEED = 5
STEPS, HOP = 20, 10  # a window is 2 s of the 10 s recordings, one begins each second
CHANNELS = 6
CLASSES = ("Standing", "Running", "Walking", "Badminton")
SCALE = np.array([16.0] * 3 + [8.0] * 3, np.float32)  # of the accelerometer, of the gyroscope
EPOCHS = 120
HERE = Path(__file__).resolve().parent


def recordings(part: str) -> tuple[np.ndarray, np.ndarray]:
    """The archive's own TRAIN or TEST part: recordings [n, 100, 6] and their classes 0..3."""
    found = importlib.util.find_spec("aeon")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("Error: no package aeon\nHint: pip install --no-deps aeon")
    folder = Path(found.submodule_search_locations[0], "datasets", "data", "BasicMotions")
    text = (folder / f"BasicMotions_{part}.ts").read_text(encoding="utf-8")
    rows = [line.split(":") for line in text.partition("@data\n")[2].splitlines() if line]
    series = [np.array([channel.split(",") for channel in row[:-1]], np.float32).T for row in rows]
    return np.stack(series), np.array([CLASSES.index(row[-1]) for row in rows], np.int64)


def windows(series: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scaled windows [n, 20, 6] of recordings, with the class of the recording each is from."""
    starts = range(0, series.shape[1] - STEPS + 1, HOP)
    cut = np.stack([series[:, start : start + STEPS] for start in starts], axis=1)
    return cut.reshape(-1, STEPS, CHANNELS) / SCALE, np.repeat(labels, len(starts))


def network() -> keras.Model:
    """A small 1-D CNN: two convolutions with pooling, a separable one, global mean, dense."""
    return keras.Sequential(
        [
            keras.Input((STEPS, CHANNELS), name="motion"),
            layers.Conv1D(16, 5, padding="same", use_bias=False, name="conv1"),
            layers.BatchNormalization(name="norm1"),
            layers.ReLU(name="relu1"),
            layers.MaxPooling1D(2, name="pool1"),
            layers.Conv1D(24, 5, padding="same", use_bias=False, name="conv2"),
            layers.BatchNormalization(name="norm2"),
            layers.ReLU(name="relu2"),
            layers.GlobalAveragePooling1D(name="mean"),
            layers.Dropout(0.3, name="dropout"),
            layers.Dense(len(CLASSES), name="dense"),
            layers.Softmax(name="probabilities"),
        ],
        name="motion",
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
    """Train, save and print the accuracy on the archive's test part."""
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    x_train, y_train = windows(*recordings("TRAIN"))
    x_test, y_test = windows(*recordings("TEST"))
    model = train(x_train, y_train)
    model.save(HERE / "motion.keras")
    np.savez_compressed(HERE / "calib.npz", x=x_train[::2])
    np.savez_compressed(HERE / "train.npz", x=x_train, y=y_train)
    np.savez_compressed(HERE / "test.npz", x=x_test, y=y_test)
    top1 = model.predict(x_test, verbose=0).argmax(axis=1)
    print(f"{len(x_train)} windows trained on, {len(x_test)} of other recordings held out")
    print(f"{model.count_params()} parameters, float accuracy {np.mean(top1 == y_test):.4f}")


if __name__ == "__main__":
    main()
