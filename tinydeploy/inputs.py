"""`load`: samples for a model of any number of inputs, an array for each, checked before use."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from tinydeploy.dataset import (
    array_names,
    classes,
    fit,
    load_arrays,
    load_labelled,
    load_pairs,
    load_samples,
    numbers,
    show,
)
from tinydeploy.errors import UsageError, did_you_mean
from tinydeploy.graph import Graph, Node

if TYPE_CHECKING:
    from tinydeploy.dataset import Labels
    from tinydeploy.graph import Array

    Samples: TypeAlias = tuple[Array, ...]
    """For each input its values [n, …]: float32, or int64 where the input is of integers."""

LABELS = "y"
NARROWER = {"int64": "int32", "uint64": "int32", "uint32": "int32", "int16": "int32"}
NARROWER |= {"float64": "float32", "float16": "float32", "bfloat16": "float32"}
# What a table's index may pass on its way from an input to the table.
_MOVES = {"CAST", "CONCATENATION", "EXPAND_DIMS", "RESHAPE", "SLICE", "SPLIT", "SQUEEZE"}
_MOVES |= {"STRIDED_SLICE", "TRANSPOSE", "UNPACK"}


@dataclass(frozen=True)
class Input:
    """One input of a model: `shape` without the batch, None being any size; `dtype` of the values
    that people give it; `below`, if not 0, is what its whole numbers must stay under."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"
    below: int = 0

    @property
    def whole(self) -> bool:
        """Whether it takes whole numbers: indices, flags."""
        return np.dtype(self.dtype).kind != "f"

    @property
    def converted(self) -> str:
        """The type that a converted model has for it: none of 64 or of 16 bits."""
        return NARROWER.get(self.dtype, self.dtype)

    def __str__(self) -> str:
        return f"{self.name} {show(self.shape)}"


@dataclass(frozen=True, eq=False)
class Labelled:
    """Samples, the class of each, `y` [n], and which output of the model tells it."""

    x: Samples
    y: Labels
    output: int = 0


def inputs_of(graph: Graph) -> tuple[Input, ...]:
    """The inputs of a converted model, as people name and fill them."""
    names = _plain([graph.tensor(index).name for index in graph.inputs])
    return tuple(
        _input(graph, index, name) for index, name in zip(graph.inputs, names, strict=True)
    )


def outputs_of(graph: Graph) -> tuple[str, ...]:
    """The names of a converted model's outputs."""
    return tuple(_plain([graph.tensor(index).name for index in graph.outputs]))


def _plain(names: Sequence[str]) -> list[str]:
    """Names without what TensorFlow's exports put around them, where they stay different ones."""
    plain = [re.sub(r"^serving_default_|:0$", "", name) for name in names]
    return plain if len(set(plain)) == len(plain) else list(names)


def _input(graph: Graph, index: int, name: str) -> Input:
    tensor = graph.tensor(index)
    dtype = "float32" if tensor.scales else tensor.dtype
    return Input(name, tensor.shape[1:], dtype, rows_of_table(graph, index))


def rows_of_table(graph: Graph, index: int) -> int:
    """The rows of the smallest table that the tensor's values are indices into; 0 when none is."""
    readers = [(node, place) for node in graph.nodes for place in _places(node, index)]
    found = []
    for node, place in readers:
        if (node.op, place) == ("GATHER", 1):
            shape = graph.input(node, 0).shape
            axis = node.attrs["axis"]
            assert isinstance(axis, int)
            found.append(shape[axis % len(shape)])
        elif node.op in _MOVES:
            found += [rows for output in node.outputs if (rows := rows_of_table(graph, output))]
    return min(found, default=0)


def _places(node: Node, index: int) -> list[int]:
    return [place for place, tensor in enumerate(node.inputs) if tensor == index]


def check(path: Path, labelled: bool = False, pairs: bool = False) -> None:
    """What can be told of a file before the model is known. UsageError as in `load`."""
    names = array_names(path)
    if len(names) > 1 and "x" not in names:
        return  # an array for each input, whose names the model has
    read = load_labelled if labelled else load_pairs if pairs else load_samples
    read(path)


def load(path: Path, inputs: Sequence[Input]) -> Samples:
    """The samples of a file, in the order of `inputs`.

    A model with one input has them as array `x`, else as the file's first. One with several has an
    array by the name of each; nameless arrays (`arr_0`, …) are taken where only one way to give
    them to the inputs fits their shapes. UsageError names the input that is missing, has another
    shape or count of samples, or holds NaN.
    """
    if len(inputs) == 1 and not inputs[0].whole:
        return (fit(load_samples(path), inputs[0].shape, path),)
    return _load(path, inputs, ())


def load_with_labels(path: Path, inputs: Sequence[Input], outputs: Sequence[str]) -> Labelled:
    """Samples as in `load` with the array `y` of labels for the model's first output, or an array
    by an output's name of labels for that one. UsageError as there, and for wrong labels."""
    if len(inputs) == 1 and len(outputs) == 1 and not inputs[0].whole:
        labelled = load_labelled(path)
        return Labelled((fit(labelled.x, inputs[0].shape, path),), labelled.y)
    names = array_names(path)
    named = [name for name in outputs if name in names]
    wanted = (named or [LABELS])[0]
    if wanted not in names:
        raise UsageError(
            f"{path} has no labels: no array {LABELS!r}",
            f"{LABELS} = the class numbers that the first output tells"
            + (f", or an array by an output's name: {', '.join(outputs)}" if outputs[1:] else ""),
        )
    if wanted in [one.name for one in inputs]:
        raise UsageError(
            f"{path}: array {wanted!r} would be an input and the labels",
            "give that input another name in the model",
        )
    x = _load(path, inputs, {LABELS, *outputs})
    y = classes(load_arrays(path, [wanted])[wanted], path)
    if len(x[0]) != len(y):
        raise UsageError(
            f"{path}: {len(x[0])} samples but {len(y)} labels in {wanted}",
            "give one label for each sample",
        )
    return Labelled(x, y, outputs.index(wanted) if named else 0)


def one_by_one(graph: Graph, path: Path) -> list[Samples]:
    """The samples of a file, with labels or without: for each the array of every input."""
    inputs, outputs = inputs_of(graph), outputs_of(graph)
    several = len(inputs) > 1
    columns = _load(path, inputs, {LABELS, *outputs}) if several else load(path, inputs)
    return list(zip(*columns, strict=True))


def _load(path: Path, inputs: Sequence[Input], others: Collection[str]) -> Samples:
    """The arrays of `inputs`; those named in `others` are none of them."""
    names = [name for name in array_names(path) if name not in others]
    chosen = _chosen(path, names, inputs)
    arrays = load_arrays(path, list(chosen.values()))
    made: list[Array] = []
    for one in inputs:
        where = f"{path}, input {one.name!r}"
        values = fit(_values(arrays[chosen[one.name]], one, where), one.shape, where)
        if made and len(values) != len(made[0]):
            raise UsageError(
                f"{path}: {len(made[0])} samples of input {inputs[0].name!r} but {len(values)} of "
                f"{one.name!r}",
                "sample i of each input belongs to sample i of the others: give equally many",
            )
        made.append(values)
    return tuple(made)


def _chosen(path: Path, names: Sequence[str], inputs: Sequence[Input]) -> Mapping[str, str]:
    """The array of each input, by its name."""
    wanted = [one.name for one in inputs]
    save = ", ".join(
        f"{name}=…" if name.isidentifier() else f"**{{{name!r}: …}}" for name in wanted
    )
    how = f"save an array for each input: numpy.savez_compressed(path, {save})"
    if len(inputs) == 1:
        only = next((name for name in ("x", *wanted) if name in names), *names[:1])
        return {wanted[0]: only}
    missing = [one for one in inputs if one.name not in names]
    if not missing:
        extra = [name for name in names if name not in wanted]
        if extra:
            raise UsageError(
                f"{path}: array {extra[0]!r} is no input of the model",
                f"its inputs are {', '.join(map(str, inputs))}",
            )
        return {name: name for name in wanted}
    if set(names) == {f"arr_{i}" for i in range(len(inputs))}:  # as numpy.savez(path, a, b) does
        return _by_shape(path, names, inputs, how)
    told = ", ".join(map(str, missing))
    near = did_you_mean(missing[0].name, [name for name in names if name not in wanted])
    raise UsageError(
        f"{path} has no array for input{'s' * (len(missing) > 1)} {told}",
        f"{near}; {how}" if near.startswith("did") else how,
    )


def _by_shape(
    path: Path, names: Sequence[str], inputs: Sequence[Input], how: str
) -> Mapping[str, str]:
    """Which array fits which input, where each fits one only."""
    arrays = load_arrays(path, names)
    chosen: dict[str, str] = {}
    for name in names:
        fitting = [one for one in inputs if _fits(arrays[name], one)]
        if not fitting:
            raise UsageError(
                f"{path}: {name} {show(arrays[name].shape[1:])} fits no input of the model",
                f"its inputs are {', '.join(map(str, inputs))}",
            )
        if len(fitting) > 1:
            told = " and ".join(one.name for one in fitting)
            raise UsageError(f"{path}: {name} fits the inputs {told} alike", how)
        if fitting[0].name in chosen:
            both = f"{chosen[fitting[0].name]} and {name}"
            raise UsageError(f"{path}: {both} both fit the input {fitting[0].name}", how)
        chosen[fitting[0].name] = name
    return chosen


def _fits(x: Array, one: Input) -> bool:
    try:
        fit(x, one.shape, "")
    except UsageError:
        return False
    return True


def _values(x: Array, one: Input, where: str) -> Array:
    """An input's values as it takes them."""
    if not one.whole:
        return numbers(x, where)
    if x.dtype.kind not in "fiub" or x.size == 0:
        raise UsageError(
            f"{where}: samples of type {x.dtype} and shape {show(x.shape)}, not whole numbers",
            f"give {one.dtype} values",
        )
    if x.dtype.kind == "f" and not np.array_equal(x, np.rint(x)):
        raise UsageError(
            f"{where}: it takes whole numbers ({one.dtype}), but some are not",
            "give indices or flags as the model was trained with",
        )
    limits = _limits(one)
    if x.min() < limits[0] or x.max() > limits[1]:
        raise UsageError(
            f"{where}: values {x.min()}..{x.max()} are not all in {limits[0]}..{limits[1]}",
            "it is an index into a table of the model"
            if one.below
            else f"the input is of type {one.dtype}",
        )
    return x.astype(np.int64)


def _limits(one: Input) -> tuple[int, int]:
    if one.below:
        return 0, one.below - 1
    if one.dtype == "bool":
        return 0, 1
    return int(np.iinfo(one.dtype).min), int(np.iinfo(one.dtype).max)
