"""Calibration and labelled sets: arrays of `.npz` and `.npy` files, checked before use."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tinydeploy.errors import UsageError, did_you_mean
from tinydeploy.noise import is_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tinydeploy.graph import Array

    Floats = NDArray[np.float32]
    Labels = NDArray[np.int64]

N = TypeVar("N", bound=np.generic)

FEW_SAMPLES = 100
"""Below this count calibrated ranges are poor: TFLite's guide asks for some hundred samples."""

_HOW_TO_SAVE = "save it with numpy.savez_compressed(path, x=samples)"
_UNREADABLE = (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError)


@dataclass(frozen=True, eq=False)
class Labelled:
    """Samples `x` [n, …] as float32 and the class of each, `y` [n]."""

    x: Floats
    y: Labels


def array_names(path: Path) -> tuple[str, ...]:
    """The names of a `.npz` file's arrays, in its order; a `.npy` has the one name ``.

    UsageError when the file is not there or cannot be read.
    """
    with _opened(path) as loaded:
        return ("",) if isinstance(loaded, np.ndarray) else tuple(loaded.files)


def load_arrays(path: Path, names: Sequence[str]) -> dict[str, Array]:
    """Arrays of a file by their `array_names`, as they are. UsageError as there."""
    with _opened(path) as loaded:
        if isinstance(loaded, np.ndarray):
            return {"": loaded}
        return {name: loaded[name] for name in names}


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if not path.is_file():
        raise UsageError(f"no file {path}", "check the path of the data set")
    try:
        loaded: Any = np.load(path, allow_pickle=False)
        with nullcontext(loaded) if isinstance(loaded, np.ndarray) else loaded:
            yield loaded
    except _UNREADABLE as error:
        raise UsageError(
            f"{path} is not a readable .npz or .npy file ({str(error).splitlines()[0]})",
            _HOW_TO_SAVE,
        ) from None


def load_samples(path: Path) -> Floats:
    """The samples [n, …] of a `.npz` (key `x`, else its first array) or `.npy` file, as float32.

    UsageError when it cannot be read, is empty, not numeric, holds NaN or infinity, or is constant.
    """
    return numbers(_arrays(path, ("x",))["x"], path)


def load_labelled(path: Path) -> Labelled:
    """The samples and labels of a `.npz` with the keys `x` and `y`.

    `y` holds class numbers [n], or [n, 1], or one-hot rows [n, classes]. UsageError as in
    `load_samples`, and when a key is missing, the lengths differ or a label is no class number.
    """
    arrays = _arrays(path, ("x", "y"))
    x = numbers(arrays["x"], path)
    y = classes(arrays["y"], path)
    if len(x) != len(y):
        raise UsageError(
            f"{path}: {len(x)} samples in x but {len(y)} labels in y",
            "give one label for each sample",
        )
    return Labelled(x, y)


def load_pairs(path: Path) -> tuple[Floats, Array | None]:
    """`x` and, where the `.npz` has it, `y` [n, …] of examples to train on, `y` as it is.

    UsageError as in `load_samples`, and when `y` is not numeric, not as long as `x`, or holds NaN
    or infinity.
    """
    arrays = _arrays(path, ("x",), optional=("y",))
    x, y = numbers(arrays["x"], path), arrays.get("y")
    if y is None:
        return x, None
    if y.dtype.kind not in "fiub" or y.size == 0:
        raise UsageError(
            f"{path}: y is of type {y.dtype} and shape {show(y.shape)}",
            "give class numbers or values as y",
        )
    if len(x) != len(y):
        raise UsageError(
            f"{path}: {len(x)} samples in x but {len(y)} answers in y",
            "give one answer for each sample",
        )
    broken = np.flatnonzero(~np.isfinite(y.reshape(len(y), -1)).all(axis=1))
    if broken.size:
        raise UsageError(
            f"{path}: the answer to sample {broken[0]} holds NaN or infinity "
            f"(so do {broken.size} of {len(y)})",
            "remove or mend those samples",
        )
    return x, y


def fit(x: NDArray[N], shape: Sequence[int | None], where: Path | str) -> NDArray[N]:
    """`x` as [n, *shape]; `shape` is the model's input without its batch, None takes any size.

    One sample without its batch and samples with a batch of their own ([n, 1, …]) are taken too.
    UsageError, with what to change, when `x` cannot be meant for this input.
    """
    if _matches(x.shape[1:], shape):
        return x
    if _matches(x.shape, shape):
        return x[None]
    if x.ndim > 1 and x.shape[1] == 1 and _matches(x.shape[2:], shape):
        return x[:, 0]
    raise UsageError(
        f"{where}: samples {show(x.shape[1:])} do not fit the model's input {show(shape)}",
        _shape_hint(x.shape[1:], shape),
    )


def facts(x: Array) -> dict[str, Any]:
    """What the report says of the samples: count, min, max, mean, standard deviation, and that they
    are no recordings when they are noise."""
    told = {"looks_like": "random noise"} if is_noise(x) else {}
    return {
        **told,
        "count": len(x),
        "min": float(x.min()),
        "max": float(x.max()),
        "mean": float(x.mean(dtype=np.float64)),
        "std": float(x.std(dtype=np.float64)),
    }


def count_remarks(count: int) -> list[str]:
    """Says when a calibration set has too few samples."""
    if count >= FEW_SAMPLES:
        return []
    return [f"only {count} calibration samples: ranges may be poor; give {FEW_SAMPLES} or more"]


def calibration_remarks(x: Array, rescales: bool, of: str = "") -> list[str]:
    """What a person should know of a calibration set's values: whether they are noise or unscaled.

    `rescales` says that the model itself begins with a rescaling or normalization layer; `of` names
    the input, of several.
    """
    if is_noise(x):
        return [
            f"calibration values{of} are random noise: the ranges of layers, and so the accuracy, "
            "are not those of real samples"
        ]
    low, high = float(x.min()), float(x.max())
    if rescales or low < 0 or not 16 < high <= 255 or not np.array_equal(x, np.rint(x)):
        return []
    return [
        f"calibration values{of} are whole numbers {low:g}..{high:g}, like raw bytes: "
        "right only if the model was trained on unscaled data"
    ]


def range_remarks(calibration: Array, labelled: Array, of: str = "") -> list[str]:
    """Says when labelled samples lie far outside of the calibrated range: another scaling."""
    low, high = float(calibration.min()), float(calibration.max())
    margin = (high - low) / 2
    other_low, other_high = float(labelled.min()), float(labelled.max())
    if low - margin <= other_low and other_high <= high + margin:
        return []
    return [
        f"labelled samples{of} span {other_low:g}..{other_high:g} "
        f"but calibration {low:g}..{high:g}: are both scaled alike?"
    ]


def _arrays(path: Path, keys: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Array]:
    """The arrays named `keys` and those of `optional` that are there; when only `x` is asked for,
    it may be the file's first array."""
    names = array_names(path)
    if not names:
        raise UsageError(f"{path} holds no array", _HOW_TO_SAVE)
    there = [name for name in optional if name in names]
    if keys == ("x",) and "x" not in names:
        loaded = load_arrays(path, [names[0], *there])
        return {**loaded, "x": loaded[names[0]]}
    if names == ("",):
        raise UsageError(f"{path} holds one array, not x and y", _HOW_TO_SAVE[:-1] + ", y=labels)")
    for key in keys:
        if key not in names:
            raise UsageError(f"{path} has no array {key!r}", did_you_mean(key, names))
    return load_arrays(path, [*keys, *there])


def numbers(x: Array, where: Path | str) -> Floats:
    """`x` as float32. UsageError, which names `where` it is from, as in `load_samples`."""
    if x.dtype.kind not in "fiub":
        raise UsageError(
            f"{where}: samples are of type {x.dtype}, not numbers", "save them as float32"
        )
    if x.ndim == 0 or x.size == 0:
        raise UsageError(f"{where} holds no samples (shape {show(x.shape)})", _HOW_TO_SAVE)
    with np.errstate(over="ignore"):
        values: Floats = np.asarray(x, dtype=np.float32)
    flat = values.reshape(len(values), -1)
    broken = np.flatnonzero(~np.isfinite(flat).all(axis=1))
    if broken.size:
        row = flat[broken[0]]
        bad = row[~np.isfinite(row)][0]
        raise UsageError(
            f"{where}: sample {broken[0]} holds {bad} (so do {broken.size} of {len(flat)} samples)",
            "remove or mend those samples",
        )
    if flat.min() == flat.max():
        raise UsageError(
            f"{where}: every value is {flat.min():g}: no range can be learned from it",
            "give real samples, as the model sees them",
        )
    return values


def classes(y: Array, path: Path) -> Labels:
    """Labels `y` as class numbers [n]. UsageError as in `load_labelled`."""
    hint = "give one class number (0, 1, …) for each sample"
    if y.dtype.kind not in "iubf" or y.ndim not in (1, 2):
        raise UsageError(f"{path}: labels of type {y.dtype} and shape {show(y.shape)}", hint)
    if y.ndim == 2 and y.shape[1] > 1:
        return np.asarray(y.argmax(axis=1), dtype=np.int64)
    numbers: Labels = np.asarray(y.reshape(-1), dtype=np.int64)
    if not np.array_equal(numbers, y.reshape(-1)) or (numbers.size and numbers.min() < 0):
        raise UsageError(f"{path}: labels are not class numbers", hint)
    return numbers


def _matches(have: Sequence[int], want: Sequence[int | None]) -> bool:
    return len(have) == len(want) and all(w in (None, h) for h, w in zip(have, want, strict=True))


def show(shape: Sequence[int | None]) -> str:
    """A shape as people write it; `?` takes any size."""
    return "[" + ", ".join("?" if size is None else str(size) for size in shape) + "]"


def _shape_hint(have: Sequence[int], want: Sequence[int | None]) -> str:
    sizes = [size for size in want if size is not None]
    if want and want[-1] == 1 and _matches(have, want[:-1]):
        return "the channel dimension is missing: save x[..., None]"
    if have and have[-1] == 1 and _matches(have[:-1], want):
        return "there is a dimension of 1 too many: save x[..., 0]"
    if len(have) == 3 and _matches((*have[1:], have[0]), want):
        return "channels come first: save x.transpose(0, 2, 3, 1)"
    if len(sizes) == len(want) and int(np.prod(have)) == int(np.prod(sizes)):
        return f"the sizes agree: save x.reshape(-1, {', '.join(map(str, sizes))})"
    return f"give samples [n, {show(want)[1:-1]}], prepared exactly as for training"
