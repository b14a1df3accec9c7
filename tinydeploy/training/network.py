"""`Network`: a Keras model as a list of steps, so that steps can be replaced and put between.

`read` takes functional and sequential models, also inside of one another; `build` makes a model of
the steps again, with something of one's own around each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from tensorflow import keras

from tinydeploy.errors import UsageError


@dataclass(frozen=True)
class Slot:
    """The place of a tensor among a step's arguments: the number of the value that goes there."""

    value: int


@dataclass(frozen=True, eq=False)
class Step:
    """One call of a layer (or Keras operation). `args` and `kwargs` are as given, with `Slot`s for
    tensors; `outputs` are the values that it makes."""

    layer: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    outputs: tuple[int, ...]

    @property
    def inputs(self) -> tuple[int, ...]:
        """The values that it takes."""
        flat = keras.tree.flatten((self.args, self.kwargs))
        return tuple(item.value for item in flat if isinstance(item, Slot))

    @property
    def kind(self) -> str:
        """The name of the layer's class."""
        return next(
            (c.__name__ for c in type(self.layer).__mro__ if c.__module__.startswith("keras.")),
            type(self.layer).__name__,
        )


@dataclass(frozen=True)
class Network:
    """Steps in the order they run; values are numbers. `shape` is the one input's, without the
    batch; `input` and `outputs` are values."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    input: int
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]

    def maker(self, value: int) -> Step:
        """The step that makes `value`. KeyError for the input."""
        return {v: step for step in self.steps for v in step.outputs}[value]

    def of_kind(self, *kinds: str) -> Iterator[int]:
        """The first output of each step of these kinds, for `maker` of a network that changes."""
        return iter([step.outputs[0] for step in self.steps if step.kind in kinds])

    def readers(self) -> dict[int, list[Step]]:
        """The steps that read each value, once for each time."""
        readers: dict[int, list[Step]] = {}
        for step in self.steps:
            for value in step.inputs:
                readers.setdefault(value, []).append(step)
        return readers

    def only_reader(self, value: int) -> Step | None:
        """The one step that reads `value`; None when there are more, or it is an output."""
        found = self.readers().get(value, [])
        return found[0] if len(found) == 1 and value not in self.outputs else None

    def shared(self) -> set[int]:
        """The ids of layers that are called more than once."""
        calls = Counter(id(step.layer) for step in self.steps)
        return {layer for layer, count in calls.items() if count > 1}

    def fresh(self) -> int:
        """A number that no value has."""
        return max([self.input, *(v for step in self.steps for v in step.outputs)]) + 1


def read(model: Any) -> Network:
    """The network of a Keras model with one input. UsageError for a model of one's own class, whose
    layers only its code knows."""
    if not isinstance(model, (keras.Sequential, keras.Model)) or not _is_graph(model):
        raise UsageError(
            f"{model.name} is a model class of its own: its layers cannot be trained one by one",
            "build it as a functional or Sequential Keras model",
        )
    numbers: dict[int, int] = {}
    kept: list[Any] = []  # so that no other tensor gets the id of one of them
    steps: list[Step] = []

    def number(tensor: Any) -> int:
        if id(tensor) not in numbers:
            numbers[id(tensor)] = len(numbers)
            kept.append(tensor)
        return numbers[id(tensor)]

    def slots(structure: Any) -> Any:
        return keras.tree.map_structure(
            lambda x: Slot(number(x)) if isinstance(x, keras.KerasTensor) else x, structure
        )

    def record(layer: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(layer, keras.Model) and _is_graph(layer):
            return _through(layer, args[0], record)
        made = layer(*args, **kwargs)
        outputs = tuple(number(tensor) for tensor in keras.tree.flatten(made))
        steps.append(Step(layer, slots(args), slots(kwargs), outputs))
        return made

    given = keras.Input(model.inputs[0].shape[1:], dtype=model.inputs[0].dtype)
    start = number(given)
    made = _through(model, given, record)
    outputs = tuple(number(tensor) for tensor in keras.tree.flatten(made))
    shape = tuple(given.shape[1:])
    return Network(model.name, shape, given.dtype, start, tuple(steps), outputs)


def _is_graph(model: Any) -> bool:
    """Whether Keras knows which layer feeds which."""
    return isinstance(model, keras.Sequential) or type(model).__name__ == "Functional"


def _through(model: Any, given: Any, call: Callable[..., Any]) -> Any:
    functional = keras.Model(model.inputs, model.outputs, name=model.name)
    given = [given] if isinstance(given, keras.KerasTensor) else list(given)
    # What keras.models.clone_model does, which cannot begin at tensors inside of another model.
    return functional._run_through_graph(given, operation_fn=lambda layer: layer, call_fn=call)


def build(network: Network, call: Callable[[Step, Any, Any], Any] | None = None) -> Any:
    """A model of the steps; `call(step, args, kwargs)` runs one, its layer itself by default."""
    given = keras.Input(network.shape, dtype=network.dtype, name="input")
    values = {network.input: given}
    for step in network.steps:
        args, kwargs = keras.tree.map_structure(
            lambda x: values[x.value] if isinstance(x, Slot) else x, (step.args, step.kwargs)
        )
        made = step.layer(*args, **kwargs) if call is None else call(step, args, kwargs)
        values.update(zip(step.outputs, keras.tree.flatten(made), strict=True))
    outputs = [values[value] for value in network.outputs]
    return keras.Model(given, outputs[0] if len(outputs) == 1 else outputs, name=network.name)


def replaced(network: Network, old: Step, *new: Step) -> Network:
    """The network with `new` steps in the place of `old`."""
    at = next(i for i, step in enumerate(network.steps) if step.outputs == old.outputs)
    return replace(network, steps=(*network.steps[:at], *new, *network.steps[at + 1 :]))


def renamed(network: Network, old: int, new: int) -> Network:
    """The network in which whoever read the value `old` reads `new`."""

    def swap(item: Any) -> Any:
        return Slot(new) if item == Slot(old) else item

    steps = [
        replace(
            step,
            args=keras.tree.map_structure(swap, step.args),
            kwargs=keras.tree.map_structure(swap, step.kwargs),
        )
        for step in network.steps
    ]
    outputs = tuple(new if value == old else value for value in network.outputs)
    return replace(network, steps=tuple(steps), outputs=outputs)
