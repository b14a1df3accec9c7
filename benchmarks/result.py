"""`Result`: one engine on one model, as measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """Figures of one run. `instructions` is the median; `mismatches` of the `samples` outputs are
    not the oracle's; `arena_bytes` holds input, output and scratch; `code_bytes` are the kernels
    and what calls them, `model_bytes` the network's constants. `remark` says what is particular."""

    model: str
    engine: str
    macs: int
    instructions: int
    code_bytes: int
    model_bytes: int
    arena_bytes: int
    stack_bytes: int
    samples: int
    mismatches: int
    remark: str = ""

    @property
    def per_mac(self) -> float:
        """Instructions per multiply-accumulate of the model."""
        return self.instructions / self.macs


@dataclass(frozen=True)
class Failure:
    """An engine that could not run a model, and why."""

    model: str
    engine: str
    reason: str
