"""`load_model`: a Keras model or SavedModel, as TensorFlow runs it and saves it for conversion.

Imported in the conversion's own process only.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinydeploy.arranged import input_key, output_key
from tinydeploy.errors import UsageError
from tinydeploy.inputs import NARROWER, Input

if TYPE_CHECKING:
    from tinydeploy.graph import Array
    from tinydeploy.inputs import Samples

_RESCALING = {"Rescaling", "Normalization", "BatchNormalization"}
_PLAIN = NARROWER | dict.fromkeys(("uint8", "int8", "uint16", "int16"), "float32")
_BATCH = 32


@dataclass(frozen=True)
class FloatModel:
    """The model as loaded: its inputs, the names of its outputs, the inputs that it rescales
    itself, how to run it (to all its outputs), how to save it for inputs of given shapes, batch 1.

    One with several inputs or outputs is saved under the names of `arranged`."""

    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    rescales: frozenset[str]
    predict: Callable[[Samples], list[Array]]
    save: Callable[[Path, tuple[Input, ...]], None]
    keras: Any = None

    @property
    def is_plain(self) -> bool:
        """Whether it has one input and one output, converted in the types they have."""
        return _is_plain(self.inputs, self.outputs)


def _is_plain(inputs: Sequence[Input], outputs: Sequence[str]) -> bool:
    return len(inputs) == len(outputs) == 1 and inputs[0].dtype == inputs[0].converted


def load_model(path: Path) -> FloatModel:
    """The model in a file or folder. UsageError when it cannot be loaded or tells no inputs."""
    return _load_saved_model(path) if path.is_dir() else _load_keras(path)


def _load_keras(path: Path) -> FloatModel:
    model = _read_keras(path)
    if not getattr(model, "inputs", None):
        raise UsageError(
            f"{path.name} is a model class of its own, {type(model).__name__}: it tells no inputs",
            "give the folder that model.export('folder') writes, or build it as a functional model",
        )
    return of_keras(_with_plain_inputs(model))


def _with_plain_inputs(model: Any) -> Any:
    """The model with inputs of types that firmware has: float32 for the bytes and 16-bit integers
    of pictures and sound, which schemes quantize, and nothing of 64 bits."""
    from tensorflow import keras

    dtypes = [_PLAIN.get(str(tensor.dtype), str(tensor.dtype)) for tensor in model.inputs]
    if dtypes == [str(tensor.dtype) for tensor in model.inputs]:
        return model
    inputs = [
        keras.Input(tensor.shape[1:], dtype=dtype, name=_input_name(tensor, place))
        for place, (tensor, dtype) in enumerate(zip(model.inputs, dtypes, strict=True))
    ]
    sequential = isinstance(model, keras.Sequential)
    given = inputs[0] if sequential else keras.tree.pack_sequence_as(model._inputs_struct, inputs)
    return keras.models.clone_model(model, input_tensors=given, clone_function=lambda layer: layer)


def of_keras(model: Any) -> FloatModel:
    """A Keras model that is loaded."""
    inputs = tuple(
        Input(_input_name(tensor, place), tuple(tensor.shape[1:]), str(tensor.dtype))
        for place, tensor in enumerate(model.inputs)
    )
    names = getattr(model, "output_names", None) or ["output"]  # a Sequential model has one
    outputs = tuple(map(str, names))

    def save(folder: Path, shapes: tuple[Input, ...]) -> None:
        import tensorflow as tf

        _prepare(model)
        specs = [
            tf.TensorSpec([1, *one.shape], one.converted, name=input_key(place))
            for place, one in enumerate(shapes)
        ]
        if _is_plain(inputs, outputs):
            specs = [tf.TensorSpec(specs[0].shape, specs[0].dtype)]
            model.export(str(folder), format="tf_saved_model", input_signature=specs, verbose=False)
        else:
            _export_named(model, specs, folder)

    return FloatModel(
        inputs=inputs,
        outputs=outputs,
        rescales=_rescaled(model),
        predict=lambda x: _flat(
            model.predict(_packed(model, _typed(x, inputs)), batch_size=_BATCH, verbose=0)
        ),
        save=save,
        keras=model,
    )


def _input_name(tensor: Any, place: int) -> str:
    return str(getattr(tensor, "name", "") or f"input_{place}")


def _typed(x: Samples, inputs: Sequence[Input]) -> list[Array]:
    return [values.astype(one.dtype) for values, one in zip(x, inputs, strict=True)]


def _packed(model: Any, values: Sequence[Any]) -> Any:
    """Inputs in the list or dictionary that the model is called with."""
    from tensorflow import keras

    if len(values) == 1:
        return values[0]
    return keras.tree.pack_sequence_as(model._inputs_struct, list(values))


def _export_named(model: Any, specs: list[Any], folder: Path) -> None:
    """Save a model whose converted inputs and outputs can be told apart by their names."""
    import tensorflow as tf
    from tensorflow import keras

    def serve(*values: Any) -> dict[str, Any]:
        given = [tf.cast(x, one.dtype) for x, one in zip(values, model.inputs, strict=True)]
        made = keras.tree.flatten(model(_packed(model, given), training=False))
        return {output_key(place): value for place, value in enumerate(made)}

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", serve, input_signature=specs)
    archive.write_out(str(folder), verbose=False)


def _prepare(model: Any) -> None:
    """Write layers as the converter can quantize them."""
    import tensorflow as tf
    from tensorflow import keras

    def call(self: Any, inputs: Any) -> Any:
        """Without Keras' arithmetic for negative indices, which no integer scheme has."""
        return tf.gather(tf.convert_to_tensor(self.embeddings), tf.cast(inputs, "int32"))

    keras.layers.Embedding.call = call
    _unroll(model)


def _unroll(model: Any) -> None:
    """Write recurrent layers step by step: TensorFlow 2.21's converter ends with a segmentation
    fault when it calibrates their loop, and a loop is no operator of the engines."""
    for layer in model.layers:
        wrapped = (getattr(layer, name, None) for name in ("forward_layer", "backward_layer"))
        for inner in (layer, *wrapped):
            if hasattr(inner, "layers"):
                _unroll(inner)
            elif hasattr(inner, "unroll"):
                inner.unroll = True


def _read_keras(path: Path) -> Any:
    from tensorflow import keras

    class DepthwiseConv2D(keras.layers.DepthwiseConv2D):  # type: ignore[misc]
        """Keras 2 wrote a `groups` that never meant anything here and that Keras 3 refuses."""

        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Any:
            return super().from_config({k: v for k, v in config.items() if k != "groups"})

    try:
        return keras.models.load_model(
            path, compile=False, custom_objects={"DepthwiseConv2D": DepthwiseConv2D}
        )
    except (OSError, zipfile.BadZipFile) as error:
        raise UsageError(
            f"{path.name} cannot be read: {first_line(error)}", "save or copy it again"
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError, ImportError) as error:
        # Keras names the class only deep in its message.
        unknown = re.search(r"Could not locate class '[^']+'", str(error))
        raise UsageError(
            f"Keras {keras.__version__} cannot load {path.name}: "
            f"{unknown[0] if unknown else first_line(error)}",
            "a custom layer needs its code: give the folder that model.export('folder') writes"
            if unknown
            else "save the whole model, not its weights alone: model.save('name.keras')",
        ) from None


def _rescaled(model: Any) -> frozenset[str]:
    """The inputs that a layer scales before anything else sees them."""
    if len(model.inputs) == 1:
        return frozenset([_input_name(model.inputs[0], 0)] if _rescales(model) else [])
    from tensorflow import keras

    scaling = [layer for layer in model.layers if type(layer).__name__ in _RESCALING]
    taken = [
        keras.tree.flatten(node.arguments.keras_tensors)
        for s in scaling
        for node in s._inbound_nodes
    ]
    found = {id(tensor) for tensors in taken for tensor in tensors}
    return frozenset(
        _input_name(tensor, place)
        for place, tensor in enumerate(model.inputs)
        if id(tensor) in found
    )


def _rescales(model: Any) -> bool:
    """Whether the first layer, also of a model inside of the model, scales the input."""
    first = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"][:1]
    return any(
        _rescales(layer) if hasattr(layer, "layers") else type(layer).__name__ in _RESCALING
        for layer in first
    )


def _load_saved_model(path: Path) -> FloatModel:
    import tensorflow as tf

    try:
        loaded = tf.saved_model.load(str(path))
    except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
        raise UsageError(
            f"TensorFlow {tf.__version__} cannot load {path.name}: {first_line(error)}",
            "export the folder again with model.export(folder)",
        ) from None
    names = list(loaded.signatures)
    if not names:
        raise UsageError(f"{path.name} has no signature", "export it with model.export(folder)")
    run = loaded.signatures["serving_default" if "serving_default" in names else names[0]]
    specs = run.structured_input_signature[1]
    for key, spec in specs.items():
        if spec.shape.rank is None:
            raise UsageError(
                f"{path.name}: its input {key!r} has no known rank", "export it with a fixed shape"
            )
        if spec.shape.rank and spec.shape[0] not in (None, 1):
            raise UsageError(
                f"{path.name}: its input {key!r} takes {spec.shape[0]} samples at a time",
                "export it for one sample, or for any number of them (None)",
            )
    inputs = tuple(
        Input(key, tuple(spec.shape[1:]), spec.dtype.name) for key, spec in specs.items()
    )
    outputs = tuple(sorted(run.structured_outputs, key=_natural))

    def predict(x: Samples) -> list[Array]:
        batches = [spec.shape[0] for spec in specs.values()]
        step = min([_BATCH, *(int(size) for size in batches if size is not None)])
        parts = []
        for start in range(0, len(x[0]), step):
            part = _typed(tuple(values[start : start + step] for values in x), inputs)
            made = run(**{key: tf.constant(one) for key, one in zip(specs, part, strict=True)})
            parts.append([np.asarray(made[name]) for name in outputs])
        return [np.concatenate(each) for each in zip(*parts, strict=True)]

    def save(folder: Path, shapes: tuple[Input, ...]) -> None:
        module = tf.Module()
        module.loaded = loaded  # its variables must be saved too
        keys = list(specs)
        if _is_plain(inputs, outputs):
            fixed = [tf.TensorSpec([1, *shapes[0].shape], shapes[0].dtype, name=keys[0])]
            module.serve = tf.function(lambda x: run(**{keys[0]: x}), input_signature=fixed)
        else:
            fixed = [
                tf.TensorSpec([1, *one.shape], one.converted, name=input_key(place))
                for place, one in enumerate(shapes)
            ]

            def serve(*values: Any) -> dict[str, Any]:
                given = [tf.cast(x, one.dtype) for x, one in zip(values, inputs, strict=True)]
                made = run(**dict(zip(keys, given, strict=True)))
                return {output_key(place): made[name] for place, name in enumerate(outputs)}

            module.serve = tf.function(serve, input_signature=fixed)
        tf.saved_model.save(module, str(folder), signatures=module.serve)

    return FloatModel(inputs, outputs, frozenset(), predict=predict, save=save)


def _natural(name: str) -> list[Any]:
    """A key that puts output_2 before output_10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def _flat(outputs: Any) -> list[Array]:
    """Outputs as arrays, in the order of their names, of one array, a list or a dictionary."""
    from tensorflow import keras

    return [np.asarray(one) for one in keras.tree.flatten(outputs)]


def first_line(error: BaseException) -> str:
    """What an exception says first."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0].strip() if lines else type(error).__name__
