"""The stored cases are what their tables say and what the oracle answers today."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tflite_micro")
sys.path.insert(0, str(Path(__file__).parent.parent / "cases"))
import generate

pytestmark = pytest.mark.slow

CASES = generate.HERE


@pytest.mark.parametrize("toml", sorted(CASES.glob("*.toml")), ids=lambda path: str(path.stem))
def test_stored_as_generated(toml: Path) -> None:
    made = generate.generate(toml)
    with np.load(toml.with_suffix(".npz")) as stored:
        assert set(stored.files) == set(made)
        for key, values in made.items():
            if not key.endswith("/model"):  # its bytes depend on the version of flatbuffers
                np.testing.assert_array_equal(stored[key], values, err_msg=key)


def test_stored_cases_stay_small() -> None:
    assert sum(path.stat().st_size for path in CASES.iterdir() if path.is_file()) < 2_000_000
