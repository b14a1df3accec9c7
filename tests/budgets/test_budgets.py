"""Instructions and bytes of real architectures stay under the limits of benchmarks/budgets.toml.

The counts are deterministic, so a limit is passed by a change of the code and by nothing else. A
limit is raised in a commit of its own, with the reason.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.engine_tinydeploy import measure
from benchmarks.models import SEEDED, SHARED, Model, models
from benchmarks.result import Result

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BUDGETS = Path(__file__).parents[2] / "benchmarks" / "budgets.toml"
LIMITS = ("instructions", "arena_bytes", "code_bytes", "model_bytes")

pytestmark = pytest.mark.slow


def budgets() -> Iterator[tuple[str, str, dict[str, int]]]:
    table = tomllib.loads(BUDGETS.read_text(encoding="utf-8"))
    for model, modes in table.items():
        for mode, limits in modes.items():
            yield model, mode, limits


def model_called(name: str) -> Model:
    """One model; the seeded ones are built where they are missing, the others may be absent."""
    if name not in SEEDED and not (SHARED / f"{name}.tflite").is_file():
        pytest.skip(f"{SHARED} has no {name}.tflite")
    return models([name])[0]


@pytest.mark.parametrize(("name", "mode", "limits"), list(budgets()))
def test_stays_under_its_limits(
    name: str, mode: str, limits: dict[str, int], tmp_path: Path
) -> None:
    result = measure(model_called(name), f"aot-{mode}", tmp_path)
    assert isinstance(result, Result), result
    assert result.mismatches == 0
    assert set(limits) <= set(LIMITS)
    over = {
        limit: f"{getattr(result, limit):,} > {most:,}"
        for limit, most in limits.items()
        if getattr(result, limit) > most
    }
    assert not over
