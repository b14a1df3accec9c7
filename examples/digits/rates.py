"""Choose the learning rates of pruning and weight sharing, on training images held back.

Run `python rates.py` (some minutes; needs tinydeploy, tensorflow and scikit-learn). The test
images are not looked at: a network is trained anew on four fifths of the training images, fine-
tuned at each pair of rates, and judged on the other fifth, for each of several such splits. Of
the pairs that do best the middle one's rates are the defaults in `tinydeploy/training`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import keras
import numpy as np
from sklearn.model_selection import train_test_split
from train import split, train

from tinydeploy.training.examples import CLASSES, Examples
from tinydeploy.training.fitting import Run, deterministic
from tinydeploy.training.folding import plain
from tinydeploy.training.network import build
from tinydeploy.training.recipe import Recipe
from tinydeploy.training.shared import share
from tinydeploy.training.sparse import prune

PRUNING = (1e-3, 2e-3, 4e-3, 8e-3)
SHARING = (1e-3, 2.5e-3, 5e-3, 1e-2)
SPLITS = 2


def accuracies(seed: int) -> np.ndarray:
    """Accuracy on the images held back at each pair of rates [pruning, sharing]; the last row is
    the float network's."""
    deterministic()
    images, _, labels, _ = split()
    x, x_held, y, y_held = train_test_split(
        images, labels, test_size=0.2, stratify=labels, random_state=seed
    )
    model = train(x, y)
    recipe = Recipe()

    def judged(made: keras.Model) -> float:
        return float(np.mean(made.predict(x_held, verbose=0).argmax(axis=1) == y_held))

    found = np.zeros((len(PRUNING) + 1, len(SHARING)))
    found[-1] = judged(model)
    for i, pruning in enumerate(PRUNING):
        for j, sharing in enumerate(SHARING):
            deterministic()
            with tempfile.TemporaryDirectory() as folder:
                run = Run(Examples(x, y, CLASSES), recipe, Path(folder), lambda text: None)
                network = plain(model)
                prune(network, run, recipe.epochs // 2, pruning)
                share(network, run, recipe.epochs // 2, sharing)
            found[i, j] = judged(build(network))
            keras.backend.clear_session()
    return found


def main() -> None:
    """Print a table of the mean over the splits, and the best pair."""
    found = np.mean([accuracies(seed) for seed in range(SPLITS)], axis=0)
    print("pruning \\ sharing", *SHARING, sep="\t")
    for rate, row in zip(PRUNING, found, strict=False):
        print(rate, *(f"{value:.2%}" for value in row), sep="\t")
    print(f"float: {found[-1, 0]:.2%}")
    best = found[:-1].max()
    pairs = [(PRUNING[i], SHARING[j]) for i, j in np.argwhere(found[:-1] == best)]
    print(f"best, {best:.2%}:", *pairs)


if __name__ == "__main__":
    main()
