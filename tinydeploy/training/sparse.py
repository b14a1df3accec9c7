"""Magnitude pruning: the smallest weights of a layer become zero while the others learn to do
without them.

The schedule is that of Zhu and Gupta, 2017 ("To prune, or not to prune"), over the real number of
steps of this training: one over a fixed number of steps would never end in a short one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinydeploy.training.fitting import Run, fit, steps_an_epoch
from tinydeploy.training.folding import plain
from tinydeploy.training.network import Network, Step, build
from tinydeploy.training.weighted import Weighted, is_depthwise, settle

PRUNED = ("Conv1D", "Conv2D", "Dense")
"""Kinds of layers that are pruned and clustered: depthwise layers have few weights, each of which
counts."""

RATE = 4e-3  # four times that of rounding: what is left must take over from what is gone
_RAMP = 0.6  # the share of the training in which sparsity grows
_UPDATES = 50  # how often it grows, at most


def train(model: Any, run: Run) -> Any:
    """A model of which each layer's share of zeros is the recipe's sparsity."""
    network = plain(model)
    prune(network, run, run.recipe.epochs)
    return build(network)


def prune(network: Network, run: Run, epochs: int, rate: float = RATE) -> None:
    """Prune the network's layers, whose kernels are changed; what is left learns at `rate`."""
    layers: dict[int, Masked] = {}

    def call(step: Step, args: Any, kwargs: Any) -> Any:
        if step.kind not in PRUNED or is_depthwise(step.layer):
            return step.layer(*args, **kwargs)
        return layers.setdefault(id(step.layer), Masked(step.layer))(*args, **kwargs)

    model = build(network, call)
    ramp = max(1, int(_RAMP * epochs * steps_an_epoch(run)))
    every = max(1, ramp // _UPDATES)

    def grow(step: int) -> None:
        if step <= ramp and (step % every == 0 or step == ramp):
            share = sparsity_at(step, ramp, run.recipe.sparsity)
            for layer in layers.values():
                layer.prune(share)

    fit(model, run, "pruning", epochs, grow, rate)
    for layer in layers.values():
        layer.prune(run.recipe.sparsity)
    settle(layers.values())


def sparsity_at(step: int, ramp: int, final: float) -> float:
    """The share of zeros at a step: from 0 to `final` at step `ramp`, ever slower."""
    return final * (1 - (1 - min(step, ramp) / ramp) ** 3)


class Masked(Weighted):
    """A weighted layer some of whose weights are kept at zero."""

    def build(self, shape: Any) -> None:
        """With a mask of ones and zeros for the kernel."""
        self.mask = self.add_weight(
            name="mask", shape=self.layer.kernel.shape, initializer="ones", trainable=False
        )

    def kernel_of(self, kernel: Any) -> Any:
        """The weights that are left."""
        return kernel * self.mask

    def prune(self, share: float) -> None:
        """Set `share` of the weights to zero: those pruned before and then the smallest.

        Each output keeps its largest: without any, its scale would be next to nothing, and its
        bias in units of that more than fast kernels can add.
        """
        sizes = np.abs(np.asarray(self.kernel())).reshape(-1, self.mask.shape[-1])
        sizes[sizes.argmax(axis=0), np.arange(sizes.shape[1])] = np.inf
        sizes = sizes.ravel()
        mask = np.ones(sizes.size, np.float32)
        mask[np.argsort(sizes, kind="stable")[: round(share * sizes.size)]] = 0
        self.mask.assign(mask.reshape(self.mask.shape))
