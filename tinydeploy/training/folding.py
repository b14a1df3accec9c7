"""`plain`: a network whose weighted layers are followed by nothing but their activation.

Batch normalizations, with their frozen statistics, move into the weights before them: training then
sees the weights that the converter will quantize. Dense layers need this as convolutions do.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from tensorflow import keras

from tinydeploy.training.network import Network, Slot, Step, read, renamed, replaced
from tinydeploy.training.weighted import is_depthwise

WEIGHTED = ("Conv1D", "Conv2D", "DepthwiseConv2D", "Dense")
"""Kinds of layers with a kernel that is trained for a scheme; others keep theirs."""

_TRAINING_ONLY = (
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "GaussianNoise",
    "GaussianDropout",
)


def plain(model: Any) -> Network:
    """The network of `model`: what only trains left out, separable convolutions and activations as
    steps of their own, batch normalizations folded."""
    network = read(model)
    for value in network.of_kind(*_TRAINING_ONLY, "Activation"):
        step = network.maker(value)
        if step.kind != "Activation" or _is_linear(step.layer):
            network = renamed(replaced(network, step), value, step.inputs[0])
    for pass_ in (_separate, _split, _fold, _as_images):
        network = pass_(network)
    return network


def _is_linear(layer: Any) -> bool:
    return getattr(layer, "activation", None) in (None, keras.activations.linear)


def _copy(layer: Any, weights: list[Any], **changes: Any) -> Any:
    """A layer of the same class and name with other settings and weights."""
    made = type(layer).from_config({**layer.get_config(), **changes})
    made.build(layer.input.shape if not layer.built else _built_shape(layer))
    made.set_weights(weights)
    return made


def _built_shape(layer: Any) -> Any:
    config = layer.get_build_config() or {}
    return config.get("input_shape") or next(iter(config.get("shapes_dict", {}).values()))


def _separate(network: Network) -> Network:
    """SeparableConv2D becomes a depthwise and a pointwise convolution."""
    for made in network.of_kind("SeparableConv2D"):
        step, value = network.maker(made), network.fresh()
        layer = step.layer
        if id(layer) in network.shared():
            continue
        config, weights = layer.get_config(), layer.get_weights()
        keep = ("strides", "padding", "dilation_rate", "data_format", "depth_multiplier")
        depthwise = keras.layers.DepthwiseConv2D(
            config["kernel_size"],
            use_bias=False,
            name=f"{layer.name}_depthwise",
            **{key: config[key] for key in keep},
        )
        pointwise = keras.layers.Conv2D(
            config["filters"],
            1,
            use_bias=config["use_bias"],
            activation=config["activation"],
            name=f"{layer.name}_pointwise",
        )
        shape = _built_shape(layer)
        depthwise.build(shape)
        depthwise.set_weights(weights[:1])
        pointwise.build((*shape[:-1], shape[-1] * config["depth_multiplier"]))
        pointwise.set_weights(weights[1:])
        network = replaced(
            network,
            step,
            Step(depthwise, step.args, step.kwargs, (value,)),
            Step(pointwise, (Slot(value),), {}, step.outputs),
        )
    return network


def _split(network: Network) -> Network:
    """Activations of weighted layers become steps of their own; each weighted layer a copy with a
    bias, so that training leaves the model's own weights alone."""
    copies: dict[int, tuple[Any, Any]] = {}
    for made in network.of_kind(*WEIGHTED):
        step, value = network.maker(made), network.fresh()
        layer = step.layer
        if id(layer) not in copies:
            weights = [np.asarray(w) for w in layer.get_weights()]
            bias = {} if layer.use_bias else {"use_bias": True}
            if bias:
                weights.append(np.zeros(_channels(layer), np.float32))
            activation = keras.layers.Activation(
                layer.activation, name=f"{layer.name}_{_name(layer.activation)}"
            )
            copies[id(layer)] = _copy(layer, weights, activation="linear", **bias), activation
        copy, activation = copies[id(layer)]
        if _is_linear(layer):
            network = replaced(network, step, replace(step, layer=copy))
            continue
        network = replaced(
            network,
            step,
            replace(step, layer=copy, outputs=(value,)),
            Step(activation, (Slot(value),), {}, step.outputs),
        )
    return network


def _name(activation: Any) -> str:
    return str(getattr(activation, "__name__", type(activation).__name__.lower()))


def _channels(layer: Any) -> int:
    shape = layer.kernel.shape
    return int(shape[-1] * shape[-2]) if is_depthwise(layer) else int(shape[-1])


def _fold(network: Network) -> Network:
    shared = network.shared()
    for made in network.of_kind("BatchNormalization"):
        step = network.maker(made)
        if id(step.layer) in shared:
            continue
        value = step.inputs[0]
        before = None if value == network.input else network.maker(value)
        if (
            before is not None
            and before.kind in WEIGHTED
            and id(before.layer) not in shared
            and network.only_reader(value) is step
        ):
            _scale(before.layer, *_line(step.layer))
            network = renamed(replaced(network, step), made, value)
        else:
            network = _as_convolution(network, step)
    return network


def _line(layer: Any) -> tuple[Any, Any]:
    """Scale and offset of each channel that a frozen batch normalization is."""
    mean, variance = np.asarray(layer.moving_mean), np.asarray(layer.moving_variance)
    scale = 1 / np.sqrt(variance + layer.epsilon)
    if layer.scale:
        scale = scale * np.asarray(layer.gamma)
    offset = -mean * scale
    if layer.center:
        offset = offset + np.asarray(layer.beta)
    return scale.astype(np.float32), offset.astype(np.float32)


def _scale(layer: Any, scale: Any, offset: Any) -> None:
    kernel, bias = layer.get_weights()
    by_channel = scale.reshape(kernel.shape[-2:]) if is_depthwise(layer) else scale
    layer.set_weights([kernel * by_channel, bias * scale + offset])


def _as_convolution(network: Network, step: Step) -> Network:
    """A batch normalization that no weights stand before becomes a depthwise 1x1 convolution, the
    one layer of the engines that multiplies and adds by channel."""
    scale, offset = _line(step.layer)
    shape = _built_shape(step.layer)
    axis = step.layer.axis
    axis = axis[0] if isinstance(axis, (list, tuple)) else axis
    if axis not in (-1, len(shape) - 1):
        return network
    name = step.layer.name
    convolution = keras.layers.DepthwiseConv2D(1, name=name)
    convolution.build((None, None, None, len(scale)))
    convolution.set_weights([scale.reshape(1, 1, -1, 1), offset])
    if len(shape) == 4:
        return replaced(network, step, replace(step, layer=convolution, kwargs={}))
    values = network.fresh(), network.fresh() + 1
    image = (1, shape[1], shape[2]) if len(shape) == 3 else (1, 1, shape[1])
    return replaced(
        network,
        step,
        Step(keras.layers.Reshape(image, name=f"{name}_in"), step.args, {}, values[:1]),
        Step(convolution, (Slot(values[0]),), {}, values[1:]),
        Step(
            keras.layers.Reshape(tuple(shape[1:]), name=f"{name}_out"),
            (Slot(values[1]),),
            {},
            step.outputs,
        ),
    )


def _as_images(network: Network) -> Network:
    """Conv1D becomes Conv2D: the converter fails on fake-quantized kernels that it must reshape.

    The way back to sequences is put behind an activation, which stays next to its convolution.
    """
    for made in network.of_kind("Conv1D"):
        step = network.maker(made)
        if id(step.layer) in network.shared():
            continue
        layer, last = step.layer, step
        follower = network.only_reader(made)
        image, convolved, out = (network.fresh() + i for i in range(3))
        inner = [Step(_image_convolution(layer), (Slot(image),), {}, (convolved,))]
        if follower is not None and follower.kind in ("Activation", "ReLU"):
            last = follower
            inner.append(Step(follower.layer, (Slot(convolved),), {}, (out,)))
            network = replaced(network, follower)
        before = keras.layers.Reshape((1, -1, layer.kernel.shape[1]), name=f"{layer.name}_image")
        after = keras.layers.Reshape((-1, layer.kernel.shape[2]), name=f"{layer.name}_sequence")
        network = replaced(
            network,
            step,
            *_padded(layer, step, Step(before, step.args, {}, (image,))),
            *inner,
            Step(after, (Slot(inner[-1].outputs[0]),), {}, last.outputs),
        )
    return network


def _padded(layer: Any, step: Step, before: Step) -> tuple[Step, ...]:
    """The step to an image, behind the zeros that causal padding puts in front of the sequence."""
    if layer.padding != "causal":
        return (before,)
    zeros = layer.dilation_rate[0] * (layer.kernel_size[0] - 1)
    value = max(before.outputs) + 10
    padding = keras.layers.ZeroPadding1D((zeros, 0), name=f"{layer.name}_padding")
    return (
        Step(padding, step.args, {}, (value,)),
        replace(before, args=(Slot(value),)),
    )


def _image_convolution(layer: Any) -> Any:
    """A Conv1D as a Conv2D over images of one row."""
    kernel, bias = layer.get_weights()
    made = keras.layers.Conv2D(
        layer.filters,
        (1, layer.kernel_size[0]),
        strides=(1, layer.strides[0]),
        dilation_rate=(1, layer.dilation_rate[0]),
        padding="valid" if layer.padding == "causal" else layer.padding,
        groups=layer.groups,
        name=layer.name,
    )
    made.build((None, 1, None, kernel.shape[1] * layer.groups))
    made.set_weights([kernel[None], bias])
    return made
