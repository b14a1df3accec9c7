"""`quantize`: a trained model becomes a `QuantizedModel`."""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tinydeploy import __version__, convert, weights
from tinydeploy.errors import UsageError
from tinydeploy.graph import Graph
from tinydeploy.inputs import check
from tinydeploy.schemes import SCHEMES, TRAININGS, WHY_IN_FLOAT, unknown
from tinydeploy.tflite import read
from tinydeploy.tools import call, sha256, write_atomic
from tinydeploy.training.recipe import NOTHING, Recipe

_CONVERT_TIMEOUT_S = 3600
_TRAIN_TIMEOUT_S = 7 * 24 * 3600
_POLL_S = 0.3
_HDF5 = b"\x89HDF\r\n\x1a\n"
_KINDS = "a model is a .keras, .h5 or .tflite file or a SavedModel folder"
_FACTS = "quantize.json"
_TFLITE = "model.tflite"


@dataclass(frozen=True)
class QuantizedModel:
    """A .tflite and what is known about it. `calibration` are plain facts for the report, empty
    when nothing was calibrated; `float_accuracy` (0 to 1) is the Keras model's, None without labels
    or for a .tflite source; `remarks` are what a person should be told."""

    name: str
    tflite: bytes
    sha256: str
    scheme: str
    graph: Graph
    source: str
    calibration: Mapping[str, Any]
    float_accuracy: float | None = None
    remarks: tuple[str, ...] = ()


def quantize(
    source: Path,
    scheme: str,
    calibration: Path | None = None,
    labels: Path | None = None,
    per_tensor_dense: bool = False,
    recipe: Recipe = NOTHING,
    checkpoints: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> QuantizedModel:
    """The model at `source` in `scheme`; the same inputs give the same bytes.

    A .tflite that is of the scheme already passes unchanged. `labels` only tell the float model's
    accuracy. `per_tensor_dense` is for runtimes that read one scale of a Dense layer's weights; it
    changes no .tflite. A scheme that trains does so as `recipe` says, tells `say` how far it is,
    and goes on from `checkpoints`, a folder where stopped trainings are kept. UsageError for files
    that are missing, damaged or do not fit each other, for a .tflite of another scheme, and for a
    trained model of which layers would be left in float; ToolError when TensorFlow fails.
    """
    if scheme not in SCHEMES:
        raise UsageError(*unknown(scheme))
    _check_source(source)
    if source.suffix == ".tflite":
        return _pass_through(source, scheme, calibration)
    if SCHEMES[scheme].needs_calibration and calibration is None:
        raise UsageError(
            f"scheme {scheme} needs calibration samples",
            "add --calib FILE: an .npz with x = some hundred real inputs, as in training",
        )
    # Checked here as well as in the conversion: a bad file should not wait for TensorFlow's start.
    if calibration is not None:
        check(calibration)
    if labels is not None:
        check(labels, labelled=True)
    if not SCHEMES[scheme].needs_training:
        recipe = NOTHING
    elif recipe.train is None:
        raise UsageError(
            f"scheme {scheme} trains the model and needs labelled samples",
            "add --train FILE: an .npz with x = inputs and y = labels, of those it was trained on",
        )
    else:
        recipe.check()
        check(recipe.train, pairs=True)
    return _convert(source, scheme, calibration, labels, per_tensor_dense, recipe, checkpoints, say)


def quantize_cached(
    source: Path,
    scheme: str,
    calibration: Path | None,
    labels: Path | None,
    folder: Path,
    per_tensor_dense: bool = False,
    recipe: Recipe = NOTHING,
    say: Callable[[str], None] = lambda text: None,
) -> QuantizedModel:
    """`quantize`, with the result kept in `folder` and taken from there while nothing changes."""
    _check_source(source)
    key = quantize_key(source, scheme, calibration, labels, per_tensor_dense, recipe)
    kept = _kept(folder, key)
    if kept is not None:
        return kept
    made = quantize(
        source, scheme, calibration, labels, per_tensor_dense, recipe, folder / "training", say
    )
    facts = {
        "key": key,
        "name": made.name,
        "sha256": made.sha256,
        "scheme": made.scheme,
        "source": made.source,
        "calibration": dict(made.calibration),
        "float_accuracy": made.float_accuracy,
        "remarks": list(made.remarks),
    }
    write_atomic(folder / _TFLITE, made.tflite)
    write_atomic(folder / _FACTS, json.dumps(facts, indent=2).encode())
    return made


def quantize_key(
    source: Path,
    scheme: str,
    calibration: Path | None,
    labels: Path | None,
    per_tensor_dense: bool = False,
    recipe: Recipe = NOTHING,
) -> str:
    """A hash of all that `quantize` depends on: contents of the files, scheme, recipe, versions."""
    parts = [scheme, __version__, version("tensorflow"), version("keras")]
    parts += ["per-tensor Dense"] if per_tensor_dense else []
    files = [source, calibration, labels]
    if scheme in SCHEMES and SCHEMES[scheme].needs_training:
        parts += recipe.words
        files.append(recipe.train)
    for path in files:
        parts.append("" if path is None else _content_hash(path))
    return sha256("\n".join([_name(source), *parts]).encode())


def _kept(folder: Path, key: str) -> QuantizedModel | None:
    """The model that `quantize_cached` left in `folder`; None when its key or bytes differ."""
    try:
        facts = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        tflite = (folder / _TFLITE).read_bytes()
    except (OSError, ValueError):
        return None
    if facts.pop("key", "") != key or facts["sha256"] != sha256(tflite):
        return None
    facts["remarks"] = tuple(facts["remarks"])
    return QuantizedModel(tflite=tflite, graph=read(tflite, facts["name"]), **facts)


def _name(source: Path) -> str:
    return source.resolve().stem


def _content_hash(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of all files of a folder."""
    if path.is_file():
        return sha256(path.read_bytes())
    if not path.is_dir():
        raise UsageError(f"no file {path}", "check the path")
    total = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        total.update(f"{file.relative_to(path).as_posix()} {sha256(file.read_bytes())}\n".encode())
    return total.hexdigest()


def _check_source(source: Path) -> None:
    """UsageError for what is no model at all, told before TensorFlow is started."""
    if not source.exists():
        raise UsageError(f"no model {source}", _KINDS)
    if source.is_dir():
        if not (source / "saved_model.pb").is_file():
            raise UsageError(f"{source} is no SavedModel: it has no saved_model.pb", _KINDS)
    elif source.suffix == ".keras":
        if not zipfile.is_zipfile(source):
            raise UsageError(f"{source} is cut short or no .keras file", "save or copy it again")
    elif source.suffix in (".h5", ".hdf5"):
        with source.open("rb") as file:
            if file.read(len(_HDF5)) != _HDF5:
                raise UsageError(f"{source} is no HDF5 file", "save or copy the .h5 again")
    elif source.suffix != ".tflite":
        raise UsageError(f"{source.name}: unknown kind of model {source.suffix!r}", _KINDS)


def _pass_through(source: Path, scheme: str, calibration: Path | None) -> QuantizedModel:
    tflite = source.read_bytes()
    graph = read(tflite, _name(source))
    reason, hint = SCHEMES[scheme].refuse(graph)
    if reason:
        raise UsageError(reason, hint)
    remarks = [f"{source.name} is {scheme} already: used unchanged"]
    if calibration is not None:
        remarks.append(f"{calibration.name} is not used: nothing is left to calibrate")
    return _finish(source, scheme, tflite, graph, remarks)


def _convert(
    source: Path,
    scheme: str,
    calibration: Path | None,
    labels: Path | None,
    per_tensor_dense: bool,
    recipe: Recipe,
    checkpoints: Path | None,
    say: Callable[[str], None],
) -> QuantizedModel:
    training = recipe.train is not None
    kept = Path()
    if recipe.train is not None:
        kept = (checkpoints or Path("build") / "training").resolve()
        kept /= _training_key(source, scheme, per_tensor_dense, recipe)[:16]
    request = convert.Request(
        source=str(source.resolve()),
        scheme=scheme,
        calibration="" if calibration is None else str(calibration.resolve()),
        labels="" if labels is None else str(labels.resolve()),
        per_tensor_dense=per_tensor_dense,
        train="" if recipe.train is None else str(recipe.train.resolve()),
        checkpoints=str(kept),
        epochs=recipe.epochs,
        sparsity=recipe.sparsity,
        clusters=recipe.clusters,
    )
    with tempfile.TemporaryDirectory(prefix="tinydeploy-") as name:
        folder = Path(name)
        (folder / convert.REQUEST).write_text(json.dumps(asdict(request)), encoding="utf-8")
        with _told(folder / convert.PROGRESS, say):
            call(
                [sys.executable, "-m", "tinydeploy.convert", name],
                timeout_s=_TRAIN_TIMEOUT_S if training else _CONVERT_TIMEOUT_S,
                hint="see its last lines; `pip install tensorflow` when it is not there",
                cwd=folder,
                env=_QUIET,
            )
        answer = convert.Answer(**json.loads((folder / convert.ANSWER).read_text(encoding="utf-8")))
        if answer.error:
            raise UsageError(answer.error, answer.hint)
        tflite = (folder / convert.MODEL).read_bytes()
    facts = answer.calibration
    if calibration is not None:
        facts = {"file": calibration.name, "sha256": _content_hash(calibration), **facts}
    made = _finish(source, scheme, tflite, read(tflite, _name(source)), answer.remarks)
    return replace(made, calibration=facts, float_accuracy=answer.float_accuracy)


def _training_key(source: Path, scheme: str, per_tensor_dense: bool, recipe: Recipe) -> str:
    """A hash of what the trained weights depend on: schemes that train alike share them."""
    assert recipe.train is not None
    train = TRAININGS[scheme]
    parts = [
        __version__,
        train.__module__,
        version("keras"),
        version("tensorflow"),
        str(per_tensor_dense),
    ]
    parts += [*recipe.words, _content_hash(source), _content_hash(recipe.train)]
    return sha256("\n".join(parts).encode())


@contextmanager
def _told(progress: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Tell `say` each line of a file that grows meanwhile."""
    over = threading.Event()

    def follow() -> None:
        told = 0
        while True:
            last = over.wait(_POLL_S)
            lines = progress.read_text(encoding="utf-8") if progress.is_file() else ""
            whole = lines[: lines.rfind("\n") + 1].splitlines()
            for line in whole[told:]:
                say(line)
            told = len(whole)
            if last:
                return

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    try:
        yield
    except KeyboardInterrupt:
        if progress.is_file():
            say("stopped: the same command goes on after its last whole epoch")
        raise
    finally:
        over.set()
        follower.join()


_QUIET = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "TF_ENABLE_ONEDNN_OPTS": "0",  # its float sums depend on the CPU
    "CUDA_VISIBLE_DEVICES": "-1",
}


def _finish(
    source: Path, scheme: str, tflite: bytes, graph: Graph, remarks: list[str]
) -> QuantizedModel:
    left = SCHEMES[scheme].left_in_float(graph)
    if left and scheme in TRAININGS:
        raise UsageError(
            f"{len(left)} layers would compute in float: {', '.join(left)}",
            "use --scheme int8, which calibrates every layer, or replace these layers",
        )
    if left:
        why = f"; {WHY_IN_FLOAT[scheme]}" if scheme in WHY_IN_FLOAT else ""
        count = "1 layer is" if len(left) == 1 else f"{len(left)} layers are"
        remarks = [*remarks, f"{count} left in float: {', '.join(left)}{why}"]
    if scheme in TRAININGS and scheme != "int8-qat":
        remarks = [*remarks, *weights.remarks(graph)]
    return QuantizedModel(
        name=_name(source),
        tflite=tflite,
        sha256=sha256(tflite),
        scheme=scheme,
        graph=graph,
        source=str(source),
        calibration={},
        remarks=tuple(remarks),
    )
