"""`convert`: a Keras model or SavedModel becomes a .tflite. Runs as a process of its own.

TensorFlow lives in this process only: its memory is free again before firmware is built, its
chatter is kept for the error message, and a crash of the converter is an error, not our end.
`python -m tinydeploy.convert FOLDER` reads `request.json` there, writes `model.tflite` and
`answer.json`.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinydeploy.accuracy import top1
from tinydeploy.dataset import (
    calibration_remarks,
    facts,
    fit,
    load_labelled,
    load_samples,
    range_remarks,
)
from tinydeploy.errors import UsageError
from tinydeploy.schemes import REWRITES, SCHEMES, TRAININGS
from tinydeploy.training.recipe import NOTHING, Recipe

if TYPE_CHECKING:
    from tinydeploy.dataset import Floats

REQUEST, ANSWER, MODEL = "request.json", "answer.json", "model.tflite"
PROGRESS = "progress.txt"  # a line for each step of a training, as it ends
_RESCALING = {"Rescaling", "Normalization", "BatchNormalization"}
_BATCH = 32


@dataclass(frozen=True)
class Request:
    """What to convert; empty paths stand for data sets that were not given. `per_tensor_dense` has
    one scale for each Dense layer's weights, not one for each output. `checkpoints` is the folder
    that a training goes on from."""

    source: str
    scheme: str
    calibration: str
    labels: str
    per_tensor_dense: bool = False
    train: str = ""
    checkpoints: str = ""
    epochs: int = NOTHING.epochs
    sparsity: float = NOTHING.sparsity
    clusters: int = NOTHING.clusters


@dataclass(frozen=True)
class Answer:
    """What was found out on the way; with an `error` there is no .tflite."""

    calibration: dict[str, str | int | float]
    remarks: list[str]
    float_accuracy: float | None
    error: str = ""
    hint: str = ""


@dataclass(frozen=True)
class _FloatModel:
    """The model as loaded: its input without the batch, how to run it, how to save it (batch 1)."""

    shape: tuple[int | None, ...]
    rescales: bool
    predict: Callable[[Floats], Any]
    save: Callable[[Path, tuple[int, ...]], None]
    keras: Any = None


def convert(request: Request, folder: Path) -> Answer:
    """Convert as requested and write the .tflite into `folder`. UsageError: what a user caused."""
    path = Path(request.source)
    model = _load_saved_model(path) if path.is_dir() else _load_keras(path)
    shape, samples, remarks = model.shape, None, []
    if request.calibration:
        samples = fit(load_samples(Path(request.calibration)), shape, Path(request.calibration))
        remarks = calibration_remarks(samples, model.rescales)
        shape = samples.shape[1:]
    if None in shape:
        raise UsageError(
            f"{path.name}: the model's input {list(shape)} has no fixed size",
            "give calibration samples, or set the size in the model's Input layer",
        )
    accuracy = None
    if request.labels:
        labelled = load_labelled(Path(request.labels))
        x = fit(labelled.x, shape, Path(request.labels))
        if samples is not None:
            remarks += range_remarks(samples, x)
        accuracy = float(np.mean(top1(model.predict(x)) == labelled.y))
    if request.train:
        model = _trained(model, request, folder)
    fixed = tuple(size for size in shape if size is not None)
    model.save(folder / "saved", fixed)
    tflite = _to_tflite(folder / "saved", request, samples, path.name)
    if request.scheme in REWRITES:
        rewrite = REWRITES[request.scheme]
        tflite, said = rewrite(tflite, lambda: _each(samples), request.per_tensor_dense)
        remarks += said
    (folder / MODEL).write_bytes(tflite)
    return Answer({} if samples is None else facts(samples), remarks, accuracy)


def _trained(model: _FloatModel, request: Request, folder: Path) -> _FloatModel:
    """The model, fine-tuned for the scheme."""
    if model.keras is None:
        raise UsageError(
            f"{Path(request.source).name} is a SavedModel, which cannot be trained",
            "give the Keras model itself (.keras or .h5)",
        )
    from tinydeploy.training.examples import examples
    from tinydeploy.training.fitting import Run, deterministic

    deterministic()
    with (folder / PROGRESS).open("w", encoding="utf-8") as progress:

        def say(text: str) -> None:
            progress.write(f"{text}\n")
            progress.flush()

        run = Run(
            examples=examples(Path(request.train), model.shape, model.keras.outputs[0].shape[1:]),
            recipe=Recipe(None, request.epochs, request.sparsity, request.clusters),
            folder=Path(request.checkpoints),
            say=say,
            per_tensor_dense=request.per_tensor_dense,
        )
        return _of_keras(TRAININGS[request.scheme](model.keras, run))


def _to_tflite(saved: Path, request: Request, samples: Floats | None, name: str) -> bytes:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved))
    SCHEMES[request.scheme].configure(converter, lambda: _each(samples))
    if request.per_tensor_dense:
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    try:
        return bytes(converter.convert())
    except (RuntimeError, ValueError, tf.errors.OpError, _converter_error()) as error:
        missing = sorted(set(re.findall(r"'(tf\.\w+)' op is neither", str(error))))
        reason = f"it has no {', '.join(missing)}" if missing else _first_line(error)
        raise UsageError(
            f"TensorFlow Lite's converter cannot make {name} {request.scheme}: {reason}",
            "replace such layers by ones that TensorFlow Lite has",
        ) from None


def _each(samples: Floats | None) -> Iterator[list[Any]]:
    """The calibration samples as a converter takes them: a list of inputs of batch 1 each."""
    for sample in () if samples is None else samples:
        yield [sample[None]]


def _converter_error() -> type[Exception]:
    """The converter's own exception, which TensorFlow's public names leave out."""
    from tensorflow.lite.python.convert_phase import ConverterError

    error: type[Exception] = ConverterError
    return error


def _load_keras(path: Path) -> _FloatModel:
    model = _read_keras(path)
    if len(model.inputs) != 1:
        raise UsageError(*_several_inputs(path.name, len(model.inputs)))
    return _of_keras(model)


def _of_keras(model: Any) -> _FloatModel:
    def save(folder: Path, shape: tuple[int, ...]) -> None:
        import tensorflow as tf

        _unroll(model)
        spec = tf.TensorSpec([1, *shape], model.inputs[0].dtype)
        model.export(str(folder), format="tf_saved_model", input_signature=[spec], verbose=False)

    return _FloatModel(
        shape=tuple(model.inputs[0].shape[1:]),
        rescales=_rescales(model),
        predict=lambda x: _first(model.predict(x, batch_size=_BATCH, verbose=0)),
        save=save,
        keras=model,
    )


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
            f"{path.name} cannot be read: {_first_line(error)}", "save or copy it again"
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError, ImportError) as error:
        # Keras names the class only deep in its message.
        unknown = re.search(r"Could not locate class '[^']+'", str(error))
        raise UsageError(
            f"Keras {keras.__version__} cannot load {path.name}: "
            f"{unknown[0] if unknown else _first_line(error)}",
            "a custom layer needs its code: give the folder that model.export('folder') writes"
            if unknown
            else "save the whole model, not its weights alone: model.save('name.keras')",
        ) from None


def _rescales(model: Any) -> bool:
    """Whether the first layer, also of a model inside of the model, scales the input."""
    first = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"][:1]
    return any(
        _rescales(layer) if hasattr(layer, "layers") else type(layer).__name__ in _RESCALING
        for layer in first
    )


def _load_saved_model(path: Path) -> _FloatModel:
    import tensorflow as tf

    try:
        loaded = tf.saved_model.load(str(path))
    except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
        raise UsageError(
            f"TensorFlow {tf.__version__} cannot load {path.name}: {_first_line(error)}",
            "export the folder again with model.export(folder)",
        ) from None
    names = list(loaded.signatures)
    if not names:
        raise UsageError(f"{path.name} has no signature", "export it with model.export(folder)")
    run = loaded.signatures["serving_default" if "serving_default" in names else names[0]]
    inputs = run.structured_input_signature[1]
    if len(inputs) != 1:
        raise UsageError(*_several_inputs(path.name, len(inputs)))
    (key, spec), *_ = inputs.items()
    if spec.shape.rank is None:
        raise UsageError(
            f"{path.name}: its input has no known rank", "export it with a fixed shape"
        )

    def predict(x: Floats) -> Any:
        step = len(x) if spec.shape[0] is None else int(spec.shape[0])
        step = min(step, _BATCH)
        parts = [
            _first(run(**{key: tf.constant(x[i : i + step], spec.dtype)}))
            for i in range(0, len(x), step)
        ]
        return np.concatenate(parts)

    def save(folder: Path, shape: tuple[int, ...]) -> None:
        module = tf.Module()
        module.loaded = loaded  # its variables must be saved too
        fixed = tf.TensorSpec([1, *shape], spec.dtype, name=key)
        module.serve = tf.function(lambda x: run(**{key: x}), input_signature=[fixed])
        tf.saved_model.save(module, str(folder), signatures=module.serve)

    return _FloatModel(tuple(spec.shape[1:]), rescales=False, predict=predict, save=save)


def _first(outputs: Any) -> Any:
    """The first output as an array, of a list or dict of them."""
    if isinstance(outputs, dict):
        outputs = outputs[sorted(outputs)[0]]
    return np.asarray(outputs[0] if isinstance(outputs, (list, tuple)) else outputs)


def _several_inputs(name: str, count: int) -> tuple[str, str]:
    return (
        f"{name} has {count} inputs; models with one are converted",
        "convert it yourself and give the .tflite",
    )


def _first_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0].strip() if lines else type(error).__name__


def main() -> None:
    """Answer the request in the folder named on the command line."""
    folder = Path(sys.argv[1])
    request = Request(**json.loads((folder / REQUEST).read_text(encoding="utf-8")))
    try:
        answer = convert(request, folder)
    except UsageError as error:
        answer = Answer({}, [], None, error.message, error.hint)
    (folder / ANSWER).write_text(json.dumps(asdict(answer)), encoding="utf-8")


if __name__ == "__main__":
    main()
