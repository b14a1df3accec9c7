"""Quantization-aware training: the network computes with rounded weights and activations.

The rounding is TensorFlow's fake quantization, which the converter reads: each activation has one
range, a convolution's kernel one for each output channel, and a Dense layer's kernel one, since
TensorFlow Lite's converter fails on more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tinydeploy.errors import UsageError
from tinydeploy.training.fitting import Run, fit
from tinydeploy.training.folding import WEIGHTED, plain
from tinydeploy.training.network import Network, Step, build
from tinydeploy.training.weighted import Weighted, is_depthwise

if TYPE_CHECKING:
    from tinydeploy.dataset import Floats

_DECAY = 0.98  # of the moving range of an activation, for each batch
_OBSERVED = 256  # samples from which ranges begin
_SMALLEST = 1e-6
_BATCH = 32

# Their outputs keep the scale of their input, or have one that TensorFlow Lite prescribes.
_SAME_SCALE = (
    "Flatten",
    "Reshape",
    "Permute",
    "MaxPooling1D",
    "MaxPooling2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "Cropping1D",
    "Cropping2D",
    "UpSampling2D",
    "RepeatVector",
)
_PRESCRIBED = ("softmax", "sigmoid", "tanh")
_BEFORE_ACTIVATION = (*WEIGHTED, "Add", "Subtract")
_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "Bidirectional", "RNN", "ConvLSTM2D")


def train(model: Any, run: Run) -> Any:
    """A model that computes as the int8 model will, fine-tuned on the run's examples, to be
    converted as it is."""
    network = plain(model)
    _refuse(network)
    aware = build(network, _Around(network))
    _observe(aware, run.examples.x[:_OBSERVED])
    return fit(aware, run, "rounded", run.recipe.epochs)


def _refuse(network: Network) -> None:
    recurrent = [step.layer.name for step in network.steps if step.kind in _RECURRENT]
    if recurrent:
        raise UsageError(
            f"quantization-aware training has no recurrent layers ({', '.join(recurrent)})",
            "use --scheme int8, which calibrates them",
        )


class _Around:
    """How each step runs: weighted layers with rounded kernels, and a range behind each output
    that gets a scale of its own."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.layers: dict[int, Any] = {}
        self.began = False

    def __call__(self, step: Step, args: Any, kwargs: Any) -> Any:
        if not self.began:
            self.began = True
            first = Range()
            args = keras.tree.map_structure(
                lambda x: first(x) if isinstance(x, keras.KerasTensor) else x, args
            )
        made = self._layer(step)(*args, **kwargs)
        if not self._ranged(step):
            return made
        return keras.tree.map_structure(Range(), made)

    def _layer(self, step: Step) -> Any:
        if step.kind not in WEIGHTED:
            return step.layer
        return self.layers.setdefault(id(step.layer), Rounded(step.layer))

    def _ranged(self, step: Step) -> bool:
        if step.kind in _SAME_SCALE or _activation(step) in _PRESCRIBED:
            return False
        follower = self.network.only_reader(step.outputs[0]) if len(step.outputs) == 1 else None
        fused = follower is not None and _is_relu(follower)
        return not (fused and step.kind in _BEFORE_ACTIVATION)


def _activation(step: Step) -> str:
    if step.kind == "Activation":
        return str(getattr(step.layer.activation, "__name__", ""))
    return step.kind.lower()


def _is_relu(step: Step) -> bool:
    """Whether TensorFlow Lite computes the step as the end of the operator before it."""
    if step.kind == "ReLU":
        config = step.layer.get_config()
        return (
            config.get("max_value") in (None, 6, 6.0)
            and not config.get("negative_slope")
            and not config.get("threshold")
        )
    return _activation(step) in ("relu", "relu6")


class Rounded(Weighted):
    """A weighted layer whose kernel is rounded to 8 bits, symmetrically."""

    def kernel_of(self, kernel: Any) -> Any:
        """The kernel as int8 will have it."""
        if isinstance(self.layer, keras.layers.Dense):
            reach = tf.maximum(tf.reduce_max(tf.abs(kernel)), _SMALLEST)
            return tf.quantization.fake_quant_with_min_max_vars(
                kernel, -reach, reach, narrow_range=True
            )
        if is_depthwise(self.layer):
            # Fake quantization's channels are the last dimension, here [input channel, multiplier].
            channels = kernel.shape[-2] * kernel.shape[-1]
            flat = tf.reshape(kernel, [*kernel.shape[:-2], 1, channels])
            return tf.reshape(_by_channel(flat), kernel.shape)
        return _by_channel(kernel)


def _by_channel(kernel: Any) -> Any:
    reach = tf.reduce_max(tf.abs(kernel), axis=list(range(kernel.shape.rank - 1)))
    reach = tf.maximum(reach, _SMALLEST)
    return tf.quantization.fake_quant_with_min_max_vars_per_channel(
        kernel, -reach, reach, narrow_range=True
    )


class Range(keras.layers.Layer):  # type: ignore[misc]
    """Rounds what passes to 8 bits between a lowest and a highest value, which follow what passes
    in training. While `observing`, it only takes their extremes and rounds nothing."""

    observing = False

    def build(self, shape: Any) -> None:
        """The two ends of the range; zero lies between them."""
        self.low = self.add_weight(name="low", shape=(), initializer="zeros", trainable=False)
        self.high = self.add_weight(name="high", shape=(), initializer="zeros", trainable=False)

    def compute_output_spec(self, x: Any, training: bool | None = None) -> Any:
        """A tensor like `x`, dense: Keras takes what was multiplied by a number for sparse."""
        return keras.KerasTensor(x.shape, x.dtype)

    def call(self, x: Any, training: bool | None = None) -> Any:
        """`x`, rounded."""
        if self.observing or training:
            low = tf.minimum(tf.reduce_min(x), 0.0)
            high = tf.maximum(tf.reduce_max(x), 0.0)
        if self.observing:
            self.low.assign(tf.minimum(self.low, low))
            self.high.assign(tf.maximum(self.high, high))
            return x
        if training:
            self.low.assign(_DECAY * self.low + (1 - _DECAY) * low)
            self.high.assign(_DECAY * self.high + (1 - _DECAY) * high)
        high = tf.maximum(tf.convert_to_tensor(self.high), _SMALLEST)
        return tf.quantization.fake_quant_with_min_max_vars(x, tf.convert_to_tensor(self.low), high)


def _observe(model: Any, x: Floats) -> None:
    """Set all ranges to what the samples reach in the network."""
    Range.observing = True
    try:
        for start in range(0, len(x), _BATCH):
            model(np.asarray(x[start : start + _BATCH]), training=False)
    finally:
        Range.observing = False
