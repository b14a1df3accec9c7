"""Weight sharing: each layer has only as many different weights as an index of k bits tells apart.

The shared weights must be shared by the int8 weights too, whose scale is one for each output
channel: 1/127 of the channel's largest weight. So a layer's codebook is one of shares of that
largest weight, in 127ths, and -1 and 1 are among them: a channel's scale is then its largest
weight's, and its int8 weights are 127 times the codebook's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tinydeploy.training.fitting import Run, fit
from tinydeploy.training.folding import plain
from tinydeploy.training.network import Network, Step, build
from tinydeploy.training.sparse import PRUNED, prune
from tinydeploy.training.weighted import Weighted, is_depthwise, settle

if TYPE_CHECKING:
    from tinydeploy.dataset import Floats

RATE = 2.5e-3  # a codebook is few numbers, each with the gradients of many weights
_ROUNDS = 60
_LEVELS = 127  # int8 weights lie in -127..127


def train(model: Any, run: Run) -> Any:
    """A model whose layers have at most as many different weights as the recipe's clusters."""
    network = plain(model)
    share(network, run, run.recipe.epochs)
    return build(network)


def train_pruned(model: Any, run: Run) -> Any:
    """Half of the epochs prune, the other half share the weights that are left, and zero."""
    network = plain(model)
    epochs = run.recipe.epochs
    prune(network, run, max(1, epochs // 2))
    share(network, run, max(1, epochs - epochs // 2))
    return build(network)


def share(network: Network, run: Run, epochs: int, rate: float = RATE) -> None:
    """Let the weights of the network's layers be shared, and train the shared ones. `rate` is how
    fast they learn."""
    layers: dict[int, Shared] = {}

    def call(step: Step, args: Any, kwargs: Any) -> Any:
        if step.kind not in PRUNED or is_depthwise(step.layer):
            return step.layer(*args, **kwargs)
        if id(step.layer) not in layers:
            dense = isinstance(step.layer, keras.layers.Dense)
            layers[id(step.layer)] = Shared(
                step.layer, run.recipe.clusters, by_channel=not (dense and run.per_tensor_dense)
            )
        return layers[id(step.layer)](*args, **kwargs)

    model = build(network, call)
    fit(model, run, "sharing", epochs, rate=rate)
    for layer in layers.values():
        layer.to_levels()
    settle(layers.values())


class Shared(Weighted):
    """A weighted layer whose weights are a channel's largest times one of a codebook."""

    def __init__(self, layer: Any, clusters: int, by_channel: bool) -> None:
        super().__init__(layer)
        kernel = np.asarray(layer.kernel)
        axes = tuple(range(kernel.ndim - 1)) if by_channel else None
        largest = np.abs(kernel).max(axis=axes)
        self._largest = np.where(largest > 0, largest, 1).astype(np.float32)
        shares = (kernel / self._largest).astype(np.float32)
        self._book = codebook(shares, clusters)
        self._chosen = nearest(shares, self._book).astype(np.int32)
        layer.kernel.trainable = False

    def build(self, shape: Any) -> None:
        """With the codebook, the largest weights and each weight's place in the codebook."""
        constant = keras.initializers.Constant
        fixed = np.isin(self._book, (-1, 0, 1)).astype(np.float32)
        self.book = self.add_weight(
            name="book", shape=self._book.shape, initializer=constant(self._book)
        )
        self.largest = self.add_weight(
            name="largest", shape=self._largest.shape, initializer=constant(self._largest)
        )
        self.chosen = self.add_weight(
            name="chosen",
            shape=self._chosen.shape,
            dtype="int32",
            initializer=constant(self._chosen),
            trainable=False,
        )
        self.fixed = fixed

    def kernel_of(self, kernel: Any) -> Any:
        """The shared weights; -1, 0 and 1 of the codebook stay what they are."""
        book = tf.convert_to_tensor(self.book)
        book = self.fixed * self._book + (1 - self.fixed) * tf.clip_by_value(book, -1.0, 1.0)
        return tf.gather(book, tf.convert_to_tensor(self.chosen)) * tf.abs(
            tf.convert_to_tensor(self.largest)
        )

    def to_levels(self) -> None:
        """Round the codebook to what int8 weights can be."""
        book = np.clip(np.asarray(self.book), -1, 1)
        self.book.assign(np.rint(book * _LEVELS).astype(np.float32) / np.float32(_LEVELS))


def codebook(shares: Floats, clusters: int) -> Floats:
    """The sorted codebook for shares in -1..1: k-means, from centroids evenly spaced and from
    evenly filled ones, whichever ends nearer. -1 and 1, and 0 where weights are zero, are in it as
    they are."""
    pinned = [end for end in (-1.0, 1.0) if np.any(shares == end)]
    values = np.sort(shares[shares != 0].ravel()).astype(np.float64)
    if values.size < shares.size or not pinned:
        pinned.append(0.0)
    free = clusters - len(pinned)
    if not values.size:
        return np.zeros(1, np.float32)
    starts = (
        np.linspace(values[0], values[-1], free + 2)[1:-1],
        np.quantile(values, (np.arange(free) + 0.5) / free),
    )
    books = [_k_means(values, np.sort(np.unique(start)), np.sort(pinned)) for start in starts]
    errors = [float(((values - b[nearest(values, b)]) ** 2).sum()) for b in books]
    best: Floats = books[int(np.argmin(errors))].astype(np.float32)
    return best


def nearest(values: Any, book: Any) -> Any:
    """The place of the nearest entry of a sorted codebook for each value."""
    return np.searchsorted((book[1:] + book[:-1]) / 2, values)


def _k_means(values: Any, free: Any, pinned: Any) -> Any:
    for _ in range(_ROUNDS):
        book = np.concatenate([free, pinned])
        order = np.argsort(book, kind="stable")
        chosen = order[nearest(values, book[order])]
        counts = np.bincount(chosen, minlength=len(book))[: len(free)]
        sums = np.bincount(chosen, weights=values, minlength=len(book))[: len(free)]
        moved = np.where(counts > 0, sums / np.maximum(counts, 1), free)
        if np.array_equal(moved, free):
            break
        free = moved
    return np.unique(np.concatenate([free, pinned]))
