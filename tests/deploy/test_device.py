"""Tests of a model as a team writes them: with the `device` fixture of tinydeploy's own plugin."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tinydeploy.pytest_plugin import Device

ROOT = Path(__file__).parents[2]
DIGITS = ROOT / "examples" / "digits"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("qemu-system-arm") is None, reason="no qemu-system-arm"),
    pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="no arm-none-eabi-gcc"),
    pytest.mark.tinydeploy(
        model=DIGITS / "digits.keras", calib=DIGITS / "calib.npz", board="mps2-an386"
    ),
]


def test_digits_are_read(device: Device) -> None:
    with np.load(DIGITS / "test.npz") as data:
        x, y = data["x"][:20], data["y"][:20]
    read = [device.classify(image) for image in x]
    assert np.mean(np.array(read) == y) >= 0.9


def test_a_lap_takes_the_same_instructions_each_time(device: Device) -> None:
    ticks = device.measure(runs=5).ticks
    assert max(ticks) - min(ticks) <= device.session.info.tick_step
