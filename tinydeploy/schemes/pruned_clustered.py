"""pruned-clustered: pruned, then the weights that are left share a codebook; then int8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinydeploy.graph import Graph
from tinydeploy.schemes import clustered, pruned
from tinydeploy.schemes.int8 import configure, left_in_float

if TYPE_CHECKING:
    from tinydeploy.training.fitting import Run

__all__ = ["configure", "left_in_float", "needs_calibration", "needs_training", "refuse", "train"]

needs_calibration = True
needs_training = True


def train(model: Any, run: Run) -> Any:
    """The model with zeros and few different weights in each layer."""
    from tinydeploy.training import shared

    return shared.train_pruned(model, run)


def refuse(graph: Graph) -> tuple[str, str]:
    """A .tflite must be both."""
    reason = pruned.refuse(graph)
    return reason if reason[0] else clustered.refuse(graph)
