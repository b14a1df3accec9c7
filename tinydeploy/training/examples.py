"""`Examples`: inputs and what a network should answer, read and checked before anything trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.dataset import fit, load_pairs, show
from tinydeploy.errors import UsageError

if TYPE_CHECKING:
    from tinydeploy.dataset import Floats
    from tinydeploy.graph import Array

CLASSES, CLASS, VALUES = "classes", "class", "values"


@dataclass(frozen=True, eq=False)
class Examples:
    """Inputs `x` [n, …] and answers `y` [n, …].

    `kind` says what an answer is: CLASSES a class number for a score of each class, CLASS 0 or 1
    for a single score, VALUES the output itself (regression, reconstruction).
    """

    x: Floats
    y: Array
    kind: str


def examples(
    path: Path, input_shape: Sequence[int | None], output_shape: Sequence[int | None]
) -> Examples:
    """The examples of `path` for a model of these shapes (without the batch).

    UsageError when x or y do not fit, or there is no `y` though the model does not reconstruct its
    input.
    """
    x, y = load_pairs(path)
    x = fit(x, input_shape, path)
    size = int(np.prod([1 if s is None else s for s in output_shape]))
    if y is None:
        if size != x[0].size:
            raise UsageError(
                f"{path} has no array 'y': nothing tells what the model should answer",
                "save it with numpy.savez_compressed(path, x=samples, y=labels)",
            )
        return Examples(x, x, VALUES)
    if _one_hot(y) and y.shape[1] == size > 1:
        return Examples(x, y.argmax(axis=1).astype(np.int64), CLASSES)
    if y[0].size == size and (size > 1 or not _whole(y, 2)):
        return Examples(x, y.astype(np.float32), VALUES)
    if y[0].size != 1 or not _whole(y, max(size, 2)):
        raise UsageError(
            f"{path}: answers {show(y.shape[1:])} in {y.min():g}..{y.max():g} do not fit the "
            f"model's output {show(output_shape)}",
            f"give class numbers 0 to {max(size, 2) - 1}, or values of the output's shape",
        )
    flat = y.reshape(-1).astype(np.int64)
    return Examples(x, flat, CLASSES if size > 1 else CLASS)


def _whole(y: Array, classes: int) -> bool:
    """Whether `y` are numbers of that many classes."""
    values = y.astype(np.float64)
    return bool(np.all((values == np.rint(values)) & (values >= 0) & (values < classes)))


def _one_hot(y: Array) -> bool:
    return y.ndim == 2 and _whole(y, 2) and bool(np.all(y.sum(axis=1) == 1))
