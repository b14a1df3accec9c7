"""What is taken for random numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinydeploy.dataset import calibration_remarks, facts
from tinydeploy.noise import is_noise

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RANDOM = np.random.default_rng(3)


@pytest.mark.parametrize("shape", [(128, 640), (100, 32, 32, 3), (16, 20, 6)])
def test_numbers_drawn_one_like_the_other_are_noise(shape: tuple[int, ...]) -> None:
    assert is_noise(RANDOM.normal(size=shape).astype(np.float32))
    assert is_noise(RANDOM.uniform(size=shape).astype(np.float32) * 255)
    assert is_noise(RANDOM.integers(0, 2, shape).astype(np.float32))


@pytest.mark.parametrize("name", ["digits", "motion", "vowels"])
def test_recordings_are_not(name: str) -> None:
    with np.load(EXAMPLES / name / "calib.npz") as stored:
        assert not is_noise(stored["x"])


def test_noise_with_a_course_of_its_own_is_not() -> None:
    noise = RANDOM.normal(size=(100, 16, 16)).astype(np.float32)
    assert not is_noise(noise + np.linspace(0, 1, 16, dtype=np.float32))
    assert not is_noise(noise * 0.1 + RANDOM.normal(size=(100, 1, 1)))
    assert not is_noise((noise[:, :, 1:] + noise[:, :, :-1]) / 2)


def test_few_or_equal_values_tell_nothing() -> None:
    assert not is_noise(RANDOM.normal(size=(4, 100)))
    assert not is_noise(RANDOM.normal(size=(100, 4)))
    assert not is_noise(np.ones((100, 100), np.float32))


def test_noise_is_told_to_people_and_in_the_report() -> None:
    noise = RANDOM.normal(size=(128, 40)).astype(np.float32)
    (remark,) = calibration_remarks(noise, rescales=False)
    assert "random noise" in remark
    assert facts(noise)["looks_like"] == "random noise"
    assert "looks_like" not in facts(np.cumsum(noise, axis=1))
