"""What the kernels for a CPU are worth on it, on real architectures: at least so many times fewer
instructions than the kernels that know less of it."""

from __future__ import annotations

import pytest

from benchmarks.cpus import FAST, PORTABLE, Cell, digits, instructions
from benchmarks.models import models

pytestmark = pytest.mark.slow

M33, M55, M0, RISCV = "mps2-an505", "mps3-an547", "microbit", "riscv32-virt"


@pytest.mark.parametrize(
    ("model", "slow", "fast", "times"),
    [
        ("kws", (M33, FAST), (M55, FAST), 3.0),
        ("resnet", (M33, FAST), (M55, FAST), 3.0),
        ("digits", (M0, PORTABLE), (M0, FAST), 1.5),
        ("digits", (RISCV, PORTABLE), (RISCV, FAST), 1.5),
    ],
)
def test_times_fewer(
    model: str, slow: tuple[str, str], fast: tuple[str, str], times: float
) -> None:
    path = digits() if model == "digits" else models([model])[0].path
    costs = [instructions(path, Cell(model, *side)) for side in (slow, fast)]
    assert all(isinstance(cost, int) for cost in costs), costs
    assert int(costs[0]) >= times * int(costs[1]), costs
