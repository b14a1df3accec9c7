"""`Recipe`: how a model is trained for a scheme."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tinydeploy.errors import UsageError

EPOCHS = 40
SPARSITY = 0.8
CLUSTERS = 16
SEED = 7
BATCH = 32

_MOST_CLUSTERS = 128


@dataclass(frozen=True)
class Recipe:
    """`train` is the .npz of examples. `sparsity` is the share of zeros among a layer's weights,
    `clusters` the number of different weights of a layer, a power of two."""

    train: Path | None = None
    epochs: int = EPOCHS
    sparsity: float = SPARSITY
    clusters: int = CLUSTERS

    def check(self) -> None:
        """UsageError for a number that makes no sense."""
        if self.epochs < 1:
            raise UsageError(f"{self.epochs} epochs train nothing", "give --epochs 1 or more")
        if not 0 < self.sparsity < 1:
            raise UsageError(
                f"a sparsity of {self.sparsity:g} is no share of the weights",
                "give --sparsity between 0 and 1, such as 0.8 for four zeros in five weights",
            )
        if not 4 <= self.clusters <= _MOST_CLUSTERS or self.clusters & (self.clusters - 1):
            raise UsageError(
                f"{self.clusters} different weights a layer are not a power of two from 4 to "
                f"{_MOST_CLUSTERS}",
                "give --clusters 16 for indices of 4 bits, 32 for 5",
            )

    @property
    def words(self) -> tuple[str, ...]:
        """What the trained weights depend on besides the examples."""
        return tuple(
            f"{name}={value!r}"
            for name, value in (
                ("epochs", self.epochs),
                ("sparsity", self.sparsity),
                ("clusters", self.clusters),
                ("seed", SEED),
                ("batch", BATCH),
            )
        )


NOTHING = Recipe()
