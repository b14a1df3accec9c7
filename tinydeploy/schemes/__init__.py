"""SCHEMES: how floats become integers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from tinydeploy.errors import did_you_mean
from tinydeploy.graph import Graph
from tinydeploy.schemes import (
    clustered,
    deep_compressed,
    dynamic,
    float16,
    float32,
    int4,
    int8,
    int8_per_tensor,
    int8_qat,
    int16x8,
    pruned,
    pruned_clustered,
)

if TYPE_CHECKING:
    from tinydeploy.training.fitting import Run


class Scheme(Protocol):
    """What a module in `schemes/` gives."""

    needs_calibration: bool
    """Whether a float model needs calibration samples to become this scheme."""

    needs_training: bool
    """Whether a float model is trained on (labelled samples are needed) to become this scheme."""

    def configure(self, converter: Any, samples: Callable[[], Iterator[list[Any]]]) -> None:
        """Set the `tf.lite.TFLiteConverter` up; `samples` yields calibration samples of batch 1.

        Called in the conversion's own process, the only place where TensorFlow is imported.
        """

    def refuse(self, graph: Graph) -> tuple[str, str]:
        """Why a finished .tflite is not of this scheme, and what to do; empty when it is."""

    def left_in_float(self, graph: Graph) -> tuple[str, ...]:
        """The layers (name and operator) that compute in float though this scheme has integers."""


SCHEMES: dict[str, Scheme] = {
    "float32": float32,
    "int8": int8,
    "int16x8": int16x8,
    "int4": int4,
    "int8-qat": int8_qat,
    "pruned": pruned,
    "clustered": clustered,
    "pruned-clustered": pruned_clustered,
    "deep-compressed": deep_compressed,
    "float16": float16,
    "dynamic": dynamic,
    "int8-per-tensor": int8_per_tensor,
}

Rewrite: TypeAlias = Callable[
    [bytes, Callable[[], Iterator[list[Any]]], bool], tuple[bytes, list[str]]
]
"""What is done to a converted model: its bytes, the calibration samples, and whether Dense layers
get one scale each, become other bytes and remarks for a person."""

WHY_IN_FLOAT = {"dynamic": dynamic.WHY_IN_FLOAT}
"""Why a scheme leaves layers in float, where that is a rule and no accident."""

REWRITES: dict[str, Rewrite] = {"int4": int4.rewrite}

Train: TypeAlias = Callable[[Any, "Run"], Any]
"""What fine-tunes a Keras model before it is converted, in the conversion's own process."""

TRAININGS: dict[str, Train] = {
    "int8-qat": int8_qat.train,
    "pruned": pruned.train,
    "clustered": clustered.train,
    "pruned-clustered": pruned_clustered.train,
    "deep-compressed": deep_compressed.train,
}

_ALIASES = {"optimizeforsize": "dynamic", "optimizeforlatency": "int8"}


def unknown(name: str) -> tuple[str, str]:
    """What to say of a name that is no scheme: the message and the hint."""
    meant = _ALIASES.get(name.lower().replace("-", "").replace("_", "").rsplit(".", 1)[-1])
    if meant is None:
        return f"unknown scheme {name!r}", did_you_mean(name, SCHEMES)
    return (
        f"{name} and its sibling are aliases of DEFAULT in TensorFlow today: they choose nothing",
        f"use --scheme {meant}, which is what it once meant",
    )
