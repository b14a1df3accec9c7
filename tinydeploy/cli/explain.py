"""`tinydeploy explain`: how a model is quantized, and what that did to each layer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from tinydeploy.cli.options import (
    CalibOption,
    Choices,
    EpochsOption,
    JsonOption,
    LabelsOption,
    ModelArgument,
    SchemeOption,
    TrainOption,
    VerboseOption,
    conversion,
    existing_model,
    model_path,
)
from tinydeploy.cli.output import print_json, print_rich, working
from tinydeploy.training.recipe import NOTHING, Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinydeploy.quantize import QuantizedModel

SAMPLES = 32
_WORK = Path("build") / "explain"


def explain(
    model: ModelArgument = None,
    layer: Annotated[
        str, typer.Option("--layer", metavar="L", help="Only this layer: its number or name.")
    ] = "",
    scheme: SchemeOption = "",
    calib: CalibOption = None,
    labels: LabelsOption = None,
    train: TrainOption = None,
    epochs: EpochsOption = 0,
    original: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--float", metavar="FILE", help="The float model of a quantized .tflite."),
    ] = None,
    samples: Annotated[
        int, typer.Option("--samples", min=1, help="Samples run through the model.")
    ] = SAMPLES,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output", "-o", metavar="FILE", help="Also draw it, as one HTML file."),
    ] = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Show how each tensor is quantized: scales, multipliers, histograms and errors."""
    from tinydeploy.explain.document import explain as examine
    from tinydeploy.explain.document import find_layer
    from tinydeploy.explain.text import show

    choices = Choices(model, scheme=scheme, calib=calib, labels=labels, train=train, epochs=epochs)
    path = model_path(choices)
    with working(verbose) as say:
        quantized, floating, data = _models(path, choices, original, say)
        taken = _samples(quantized, data, samples)
        source = data.name if data is not None else ""
        document = examine(quantized, floating, taken, source)
        chosen = find_layer(document["layers"], layer) if layer else None
        if output is not None:
            from tinydeploy.explain.page import render
            from tinydeploy.tools import write_atomic

            write_atomic(output, render(document).encode())
            say(f"wrote {output}")
    if as_json:
        print_json(document)
    else:
        print_rich(*show(document, chosen))


def _models(
    path: Path, choices: Choices, original: Path | None, say: Callable[[str], None]
) -> tuple[QuantizedModel, QuantizedModel | None, Path | None]:
    """The model, its float original where there is one, and the file of samples."""
    if path.suffix == ".tflite":
        floating = None
        if original is not None:
            floating = _as_float(existing_model(original), choices, say)
        return _read(path), floating, choices.calib or choices.labels
    wanted = conversion(choices)
    say(f"quantizing {path.name} to {wanted.scheme}")
    quantized = _convert(path, wanted.scheme, wanted.calib, wanted.recipe, say)
    floating = _as_float(existing_model(original or path), choices, say)
    return quantized, floating, wanted.calib or wanted.labels


def _as_float(path: Path, choices: Choices, say: Callable[[str], None]) -> QuantizedModel:
    if path.suffix == ".tflite":
        return _read(path)
    say(f"converting {path.name} to float32, to compare")
    return _convert(path, "float32", choices.calib or conversion(choices).calib, NOTHING, say)


def _convert(
    path: Path, scheme: str, calib: Path | None, recipe: Recipe, say: Callable[[str], None]
) -> QuantizedModel:
    from tinydeploy.quantize import quantize_cached

    folder = _WORK / f"{path.stem}-{scheme}"
    return quantize_cached(path, scheme, calib, None, folder, recipe=recipe, say=say)


def _read(path: Path) -> QuantizedModel:
    """A .tflite as it is, whatever its scheme."""
    from tinydeploy.quantize import QuantizedModel
    from tinydeploy.tflite import read
    from tinydeploy.tools import sha256

    data = path.read_bytes()
    graph = read(data, path.stem)
    scheme = graph.tensor(graph.inputs[0]).dtype if graph.inputs else ""
    return QuantizedModel(path.stem, data, sha256(data), scheme, graph, str(path), {})


def _samples(model: QuantizedModel, path: Path | None, count: int) -> list[Any]:
    from tinydeploy.inputs import one_by_one

    return [] if path is None else one_by_one(model.graph, path)[:count]
