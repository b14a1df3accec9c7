"""`Weighted`: a layer whose kernel is computed from a trained one: masked, shared or rounded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tensorflow as tf
from tensorflow import keras


class Weighted(keras.layers.Layer):  # type: ignore[misc]
    """Runs `layer` with `self.kernel_of(its kernel)` in the place of its kernel.

    A subclass has `kernel_of`, and may add weights of its own in `build`.
    """

    def __init__(self, layer: Any) -> None:
        super().__init__(name=layer.name, trainable=True)
        self.layer = layer

    def build(self, shape: Any) -> None:
        """The layer inside is built already: it has the weights of the model."""
        self.built = True

    def kernel_of(self, kernel: Any) -> Any:
        """The kernel to compute with."""
        raise NotImplementedError

    def kernel(self) -> Any:
        """The kernel it computes with, now."""
        return self.kernel_of(tf.convert_to_tensor(self.layer.kernel))

    def call(self, x: Any) -> Any:
        """What the layer answers with the computed kernel."""
        layer, kernel = self.layer, self.kernel()
        trained, others = (
            [kernel if v is layer.kernel else v for v in variables]
            for variables in (layer.trainable_variables, layer.non_trainable_variables)
        )
        return layer.stateless_call(trained, others, x)[0]


def settle(layers: Iterable[Weighted]) -> None:
    """Give each layer inside the kernel that was computed from it."""
    for weighted in layers:
        weighted.layer.kernel.assign(weighted.kernel())


def is_depthwise(layer: Any) -> bool:
    """Whether the layer's kernel has an input channel and a multiplier where others have inputs
    and outputs."""
    return isinstance(layer, keras.layers.DepthwiseConv2D)
