"""ENGINES: everything that is measured, by name, and the module that measures it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from benchmarks import engine_bakenn, engine_tinydeploy
from benchmarks.models import Model
from benchmarks.result import Failure, Result
from tinydeploy.errors import UsageError, did_you_mean


class EngineModule(Protocol):
    """What a module of an engine gives."""

    def measure(self, model: Model, engine: str, folder: Path) -> Result | Failure:
        """Build and run `engine` on `model`, with everything it makes in `folder`."""

    def available(self, engine: str) -> bool:
        """Whether this machine has what `engine` needs."""

    def about(self, engine: str) -> str:
        """Its version and how it was compiled."""


ENGINES: dict[str, EngineModule] = {
    **dict.fromkeys(engine_tinydeploy.VARIANTS, engine_tinydeploy),
    **dict.fromkeys(engine_bakenn.VARIANTS, engine_bakenn),
}


def chosen(names: list[str]) -> list[str]:
    """The engines of these names or families (`aot` is every `aot-…`); none given: all available.

    UsageError for a name that is not known.
    """
    if not names:
        return [engine for engine, module in ENGINES.items() if module.available(engine)]
    for name in names:
        if not any(_is(engine, name) for engine in ENGINES):
            raise UsageError(f"unknown engine {name!r}", did_you_mean(name, ENGINES))
    return [engine for engine in ENGINES if any(_is(engine, name) for name in names)]


def _is(engine: str, name: str) -> bool:
    return name in (engine, engine.partition("-")[0])
