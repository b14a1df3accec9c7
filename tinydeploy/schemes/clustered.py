"""clustered: each convolution and Dense layer has a codebook of 2^k weights, fine-tuned; then int8.

The codebook survives in int8 (see tinydeploy.training.shared).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinydeploy.graph import Graph
from tinydeploy.schemes import int8
from tinydeploy.schemes.int8 import configure, left_in_float
from tinydeploy.weights import measure

if TYPE_CHECKING:
    from tinydeploy.training.fitting import Run

__all__ = ["configure", "left_in_float", "needs_calibration", "needs_training", "refuse", "train"]

needs_calibration = True
needs_training = True

_MOST_VALUES = 128


def train(model: Any, run: Run) -> Any:
    """The model with as many different weights in each layer as the recipe's clusters."""
    from tinydeploy.training import shared

    return shared.train(model, run)


def refuse(graph: Graph) -> tuple[str, str]:
    """A .tflite must be int8 and no layer have more values than an index of 7 bits tells apart."""
    reason = int8.refuse(graph)
    many = [w for w in measure(graph) if w.distinct > _MOST_VALUES]
    if reason[0] or not many:
        return reason
    return (
        f"{graph.name} is int8 but not clustered: {many[0].name} has {many[0].distinct} values",
        "give the Keras model and --train, or deploy it as it is with --scheme int8",
    )
