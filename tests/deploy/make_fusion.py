"""Write a model with three inputs and two outputs, samples and labels for it, into a folder."""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np
from keras import layers

SAMPLES, WORDS, KINDS = 100, 12, 3


def fusion() -> keras.Model:
    """A picture, six axes of a sensor and two indices of words; which kind it is, and an angle.

    Names are in another order than their alphabet's, as converters sort them."""
    picture = keras.Input((12, 12, 1), name="picture")
    motion = keras.Input((16, 6), name="motion")
    words = keras.Input((2,), dtype="int32", name="a_words")
    seen = layers.Conv2D(8, 3, strides=2, activation="relu")(picture)
    seen = layers.GlobalAveragePooling2D()(layers.DepthwiseConv2D(3, activation="relu")(seen))
    moved = layers.Conv1D(8, 3, padding="causal", activation="relu")(motion)
    moved = layers.LSTM(6)(layers.MaxPooling1D(4)(moved))
    said = layers.Flatten()(layers.Embedding(WORDS, 4)(words))
    both = layers.Dense(16, activation="relu")(layers.Concatenate()([seen, moved, said]))
    kind = layers.Dense(KINDS, activation="softmax", name="kind")(both)
    angle = layers.Dense(1, activation="tanh", name="angle")(both)
    return keras.Model([picture, motion, words], [kind, angle], name="fusion")


def main(folder: Path) -> None:
    keras.utils.set_random_seed(4)
    rng = np.random.default_rng(4)
    model = fusion()
    model.save(folder / "fusion.keras")
    samples = {
        "motion": rng.normal(size=(SAMPLES, 16, 6)).astype(np.float32),
        "a_words": rng.integers(0, WORDS, (SAMPLES, 2)),
        "picture": rng.uniform(size=(SAMPLES, 12, 12, 1)).astype(np.float32),
    }
    np.savez(folder / "calib.npz", **samples)
    kinds, _ = model.predict([samples[one.name] for one in model.inputs], verbose=0)
    few = {name: x[:20] for name, x in samples.items()}
    np.savez(folder / "test.npz", **few, kind=kinds[:20].argmax(axis=1))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
