"""Train the vowels model on JapaneseVowels and write every file of this example.

Run `python train.py` in any folder: it needs tensorflow and the recordings that the package aeon
carries (`pip install --no-deps aeon`: its code is not imported). Only `vowels.keras`, `calib.npz`
and `test.npz` beside this file are written. The seeds are fixed; another version of
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

SEED = 3
FRAMES, COEFFICIENTS = 29, 12  # of the longest utterance
SPEAKERS = 9
UNITS = 24
EPOCHS = 150
NOISE = 0.05
HERE = Path(__file__).resolve().parent


def utterances(part: str) -> tuple[np.ndarray, np.ndarray]:
    """The archive's own TRAIN or TEST part: frames [n, 29, 12] and the speakers 0..8. Zeros
    come before a shorter utterance, so that the LSTM ends where the speech does."""
    found = importlib.util.find_spec("aeon")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("Error: no package aeon\nHint: pip install --no-deps aeon")
    folder = Path(found.submodule_search_locations[0], "datasets", "data", "JapaneseVowels")
    text = (folder / f"JapaneseVowels_{part}.ts").read_text(encoding="utf-8")
    rows = [line.split(":") for line in text.partition("@data\n")[2].splitlines() if line]
    frames = np.zeros((len(rows), FRAMES, COEFFICIENTS), np.float32)
    for utterance, row in zip(frames, rows, strict=True):
        spoken = np.array([channel.split(",") for channel in row[:-1]], np.float32).T
        utterance[FRAMES - len(spoken) :] = spoken
    return frames, np.array([int(row[-1]) - 1 for row in rows], np.int64)


def network(noise: float = 0.0) -> keras.Model:
    """One LSTM over the frames and a dense layer; noise on what it is trained with."""
    return keras.Sequential(
        [
            keras.Input((FRAMES, COEFFICIENTS), name="frames"),
            *([layers.GaussianNoise(noise)] if noise else []),
            layers.LSTM(UNITS, name="lstm"),
            *([layers.Dropout(0.3)] if noise else []),
            layers.Dense(SPEAKERS, activation="softmax", name="speaker"),
        ],
        name="vowels",
    )


def train(x: np.ndarray, y: np.ndarray) -> keras.Model:
    """The trained network, without optimizer state and noise."""
    model = network(NOISE)
    steps = EPOCHS * -(-len(x) // 32)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(1e-2, steps)),
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
    x_train, y_train = utterances("TRAIN")
    x_test, y_test = utterances("TEST")
    model = train(x_train, y_train)
    model.save(HERE / "vowels.keras")
    np.savez_compressed(HERE / "calib.npz", x=x_train[::2])
    np.savez_compressed(HERE / "test.npz", x=x_test, y=y_test)
    top1 = model.predict(x_test, verbose=0).argmax(axis=1)
    print(f"{len(x_train)} utterances trained on, {len(x_test)} held out")
    print(f"{model.count_params()} parameters, float accuracy {np.mean(top1 == y_test):.4f}")


if __name__ == "__main__":
    main()
