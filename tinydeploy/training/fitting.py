"""`fit`: epochs over the examples, in an order of their own, with checkpoints to go on from.

The same examples and recipe give the same weights, also when the training was stopped in between.
"""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from tensorflow import keras

from tinydeploy.errors import UsageError
from tinydeploy.tools import temporary
from tinydeploy.training.examples import CLASS, CLASSES, VALUES, Examples
from tinydeploy.training.recipe import BATCH, SEED, Recipe

if TYPE_CHECKING:
    from tinydeploy.graph import Array

_RATE = 1e-3
_LOSSES: dict[str, Callable[[bool], Any]] = {
    CLASSES: lambda logits: keras.losses.SparseCategoricalCrossentropy(from_logits=logits),
    CLASS: lambda logits: keras.losses.BinaryCrossentropy(from_logits=logits),
    VALUES: lambda logits: keras.losses.MeanSquaredError(),
}


@dataclass(frozen=True)
class Run:
    """One training: on what, how, where its checkpoints are, and who is told how far it is."""

    examples: Examples
    recipe: Recipe
    folder: Path
    say: Callable[[str], None]
    per_tensor_dense: bool = False


def steps_an_epoch(run: Run) -> int:
    """How many batches the examples make."""
    return -(-len(run.examples.x) // BATCH)


def deterministic() -> None:
    """Seed everything that draws numbers, and let no sum depend on the order of threads."""
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()


def fit(
    model: Any,
    run: Run,
    phase: str,
    epochs: int,
    each_step: Callable[[int], None] | None = None,
    rate: float = _RATE,
) -> Any:
    """`model`, trained for `epochs`; `each_step(number)` is called before each step, from 0 on.

    Goes on where a checkpoint of the same `phase` in the run's folder ends. UsageError when the
    loss is no number any more.
    """
    x, y = run.examples.x, _answers(run.examples, model)
    steps = steps_an_epoch(run)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, epochs * steps))
    optimizer.build(model.trainable_variables)
    model.compile(optimizer, _LOSSES[run.examples.kind](_gives_logits(model, run.examples.kind)))
    file = run.folder / f"{phase}.npz"
    done = _restore(file, model, optimizer)
    if done:
        run.say(f"going on after epoch {done} of {epochs} ({phase})")
    for epoch in range(done, epochs):
        order = np.random.default_rng([SEED, epoch]).permutation(len(x))
        ahead = _Ahead(each_step, epoch * steps)
        history = model.fit(
            x[order], y[order], batch_size=BATCH, shuffle=False, verbose=0, callbacks=[ahead]
        )
        loss = float(history.history["loss"][0])
        if not np.isfinite(loss):
            raise UsageError(
                f"training ended in epoch {epoch + 1}: the loss is {loss}",
                "scale the examples as the model was trained with, and check their answers",
            )
        _save(file, model, optimizer, epoch + 1)
        run.say(f"training ({phase}), epoch {epoch + 1} of {epochs}, loss {loss:.4g}")
    return model


class _Ahead(keras.callbacks.Callback):  # type: ignore[misc]
    """Calls `each_step` with the step's number in the whole training."""

    def __init__(self, each_step: Callable[[int], None] | None, first: int) -> None:
        super().__init__()
        self.each_step, self.first = each_step, first

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Before a step."""
        if self.each_step is not None:
            self.each_step(self.first + batch)


def _answers(examples: Examples, model: Any) -> Array:
    """The answers in the shape that the loss wants."""
    if examples.kind == VALUES:
        shape = [1 if size is None else size for size in model.output.shape[1:]]
        if int(np.prod(shape)) == examples.y[0].size:
            return examples.y.reshape(len(examples.y), *shape)
    return examples.y.reshape(-1, 1) if examples.kind == CLASS else examples.y


def _gives_logits(model: Any, kind: str) -> bool:
    """Whether the model's scores are any numbers, not probabilities: its last layer tells."""
    last = next(layer for layer in reversed(model.layers) if type(layer).__name__ != "Range")
    activation = getattr(last, "activation", None)
    name = getattr(activation, "__name__", "") if activation else type(last).__name__.lower()
    return name != ("softmax" if kind == CLASSES else "sigmoid")


def _variables(model: Any, optimizer: Any) -> list[Any]:
    """All that training changes, the state of random layers included."""
    return [*model.variables, *optimizer.variables]


def _save(file: Path, model: Any, optimizer: Any, epoch: int) -> None:
    arrays: dict[str, Any] = {
        f"v{i}": np.asarray(v) for i, v in enumerate(_variables(model, optimizer))
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    with temporary(file) as draft:
        with draft.open("wb") as stream:
            np.savez(stream, epoch=epoch, **arrays)
        draft.replace(file)


def _restore(file: Path, model: Any, optimizer: Any) -> int:
    """Epochs done, with their weights put back; 0 when there is no checkpoint that fits."""
    variables = _variables(model, optimizer)
    with contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        with np.load(file) as stored:
            values = [stored[f"v{i}"] for i in range(len(variables))]
            epoch = int(stored["epoch"])
        if all(v.shape == tuple(w.shape) for v, w in zip(values, variables, strict=True)):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
            return epoch
    return 0
