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
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinydeploy.accuracy import top1
from tinydeploy.arranged import Signature, arranged, input_key
from tinydeploy.dataset import calibration_remarks, count_remarks, facts, range_remarks, show
from tinydeploy.errors import UsageError
from tinydeploy.float_model import FloatModel, first_line, load_model, of_keras
from tinydeploy.inputs import Input, load, load_with_labels
from tinydeploy.schemes import REWRITES, SCHEMES, TRAININGS
from tinydeploy.training.recipe import NOTHING, Recipe

if TYPE_CHECKING:
    from tinydeploy.inputs import Samples

REQUEST, ANSWER, MODEL = "request.json", "answer.json", "model.tflite"
PROGRESS = "progress.txt"  # a line for each step of a training, as it ends


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

    calibration: dict[str, Any]
    remarks: list[str]
    float_accuracy: float | None
    error: str = ""
    hint: str = ""


def convert(request: Request, folder: Path) -> Answer:
    """Convert as requested and write the .tflite into `folder`. UsageError: what a user caused."""
    path = Path(request.source)
    model = load_model(path)
    samples: Samples | None = None
    remarks: list[str] = []
    inputs = model.inputs
    if request.calibration:
        samples = load(Path(request.calibration), inputs)
        remarks = _remarks(model, samples)
        inputs = tuple(
            replace(one, shape=x.shape[1:]) for one, x in zip(inputs, samples, strict=True)
        )
    for one in inputs:
        if None in one.shape:
            raise UsageError(
                f"{path.name}: the model's input {_named(model, one)}{show(one.shape)} "
                "has no fixed size",
                "give calibration samples, or set the size in the model's Input layer",
            )
    accuracy = None
    if request.labels:
        labelled = load_with_labels(Path(request.labels), inputs, model.outputs)
        for one, seen, x in zip(inputs, samples or (), labelled.x, strict=False):
            remarks += [] if one.whole else range_remarks(seen, x, _of(model, one))
        scores = np.asarray(model.predict(labelled.x)[labelled.output], np.float32)
        accuracy = float(np.mean(top1(scores) == labelled.y))
        if len(model.outputs) > 1:
            remarks.append(
                f"accuracy is that of output {model.outputs[labelled.output]!r}, of "
                f"{', '.join(model.outputs)}"
            )
    if request.train:
        model = _trained(model, request, folder)
    model.save(folder / "saved", inputs)
    tflite = _to_tflite(folder / "saved", request, model, samples)
    if request.scheme in REWRITES:
        rewrite = REWRITES[request.scheme]
        tflite, said = rewrite(
            tflite, lambda: _each(model.inputs, samples), request.per_tensor_dense
        )
        remarks += said
    (folder / MODEL).write_bytes(tflite)
    return Answer({} if samples is None else _facts(model, samples), remarks, accuracy)


def _named(model: FloatModel, one: Input) -> str:
    return f"{one.name!r} " if len(model.inputs) > 1 else ""


def _of(model: FloatModel, one: Input) -> str:
    return f" of input {one.name!r}" if len(model.inputs) > 1 else ""


def _remarks(model: FloatModel, samples: Samples) -> list[str]:
    remarks = count_remarks(len(samples[0]))
    for one, x in zip(model.inputs, samples, strict=True):
        if not one.whole:
            remarks += calibration_remarks(x, one.name in model.rescales, _of(model, one))
    return remarks


def _facts(model: FloatModel, samples: Samples) -> dict[str, Any]:
    if len(samples) == 1:
        return facts(samples[0])
    each = {one.name: facts(x) for one, x in zip(model.inputs, samples, strict=True)}
    return {
        "count": len(samples[0]),
        "inputs": {
            name: {key: value for key, value in found.items() if key != "count"}
            for name, found in each.items()
        },
    }


def _trained(model: FloatModel, request: Request, folder: Path) -> FloatModel:
    """The model, fine-tuned for the scheme."""
    if model.keras is None:
        raise UsageError(
            f"{Path(request.source).name} is a SavedModel, which cannot be trained",
            "give the Keras model itself (.keras or .h5)",
        )
    if len(model.inputs) > 1:
        raise UsageError(
            f"{Path(request.source).name} has {len(model.inputs)} inputs; scheme {request.scheme} "
            "trains models with one",
            "use --scheme int8, which calibrates every layer",
        )
    from tinydeploy.training.examples import examples
    from tinydeploy.training.fitting import Run, deterministic

    deterministic()
    with (folder / PROGRESS).open("w", encoding="utf-8") as progress:

        def say(text: str) -> None:
            progress.write(f"{text}\n")
            progress.flush()

        run = Run(
            examples=examples(
                Path(request.train), model.inputs[0].shape, model.keras.outputs[0].shape[1:]
            ),
            recipe=Recipe(None, request.epochs, request.sparsity, request.clusters),
            folder=Path(request.checkpoints),
            say=say,
            per_tensor_dense=request.per_tensor_dense,
        )
        return of_keras(TRAININGS[request.scheme](model.keras, run))


def _to_tflite(saved: Path, request: Request, model: FloatModel, samples: Samples | None) -> bytes:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved))
    each = _each if model.is_plain else _each_by_name
    SCHEMES[request.scheme].configure(converter, lambda: each(model.inputs, samples))
    if request.per_tensor_dense:
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    try:
        made = bytes(converter.convert())
    except (RuntimeError, ValueError, tf.errors.OpError, _converter_error()) as error:
        missing = _missing(str(error))
        reason = f"it has no {', '.join(missing)}" if missing else first_line(error)
        raise UsageError(
            f"TensorFlow Lite's converter cannot make {Path(request.source).name} "
            f"{request.scheme}: {reason}",
            "keras.ops.argmax has it: let the model give the scores, and the program choose"
            if missing and missing[0].startswith("tf.BitwiseAnd")
            else "replace such layers by ones that TensorFlow Lite has",
        ) from None
    names = Signature(tuple(one.name for one in model.inputs), model.outputs)
    return made if model.is_plain else arranged(made, names)


def _missing(said: str) -> list[str]:
    """The operators that the converter has not, with the layer that each is in, as it says so."""
    found = {}
    for line in said.splitlines():
        if lacking := re.search(r"'(tf\.\w+)' op is neither", line):
            layer = re.search(r'"([^"@]+)@', line)
            found[f"{lacking[1]} ({layer[1]})" if layer else lacking[1]] = True
    return sorted(found)


def _each(inputs: Sequence[Input], samples: Samples | None) -> Iterator[Any]:
    """The calibration samples as a converter takes them: a list of inputs of batch 1 each."""
    for sample in zip(*(samples or ()), strict=True):
        yield [np.asarray(x, one.converted)[None] for x, one in zip(sample, inputs, strict=True)]


def _each_by_name(inputs: Sequence[Input], samples: Samples | None) -> Iterator[Any]:
    """The same by the names that `FloatModel.save` gave the inputs: the converter's own order is
    another one."""
    for sample in _each(inputs, samples):
        yield {input_key(place): x for place, x in enumerate(sample)}


def _converter_error() -> type[Exception]:
    """The converter's own exception, which TensorFlow's public names leave out."""
    from tensorflow.lite.python.convert_phase import ConverterError

    error: type[Exception] = ConverterError
    return error


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
