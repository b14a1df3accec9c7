"""pruned: most weights of convolutions and Dense layers are zero, the others fine-tuned; then int8.

Zero stays zero in int8, whose weights have no zero point.
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

_LEAST = 0.2


def train(model: Any, run: Run) -> Any:
    """The model with the recipe's share of zeros in each layer."""
    from tinydeploy.training import sparse

    return sparse.train(model, run)


def refuse(graph: Graph) -> tuple[str, str]:
    """A .tflite must be int8, and a fifth of its weights zero: unpruned ones have 2 to 5 %."""
    reason = int8.refuse(graph)
    layers = measure(graph)
    size, zeros = sum(w.size for w in layers), sum(w.zeros for w in layers)
    if reason[0] or zeros >= _LEAST * size:
        return reason
    return (
        f"{graph.name} is int8 but not pruned: {zeros / size:.1%} of its weights are zero",
        "give the Keras model and --train, or deploy it as it is with --scheme int8",
    )
