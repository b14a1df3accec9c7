"""Models that the conversion tests share, made once by TensorFlow in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from places import DIGITS, SHARED_MODELS

from tinydeploy.quantize import QuantizedModel, quantize


@pytest.fixture(scope="session")
def made_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the models of `make_models.py` and calibration sets for them."""
    folder = tmp_path_factory.mktemp("models")
    script = Path(__file__).with_name("make_models.py")
    subprocess.run([sys.executable, script, folder], check=True, capture_output=True, timeout=300)
    random = np.random.default_rng(0)
    light = np.linspace(0, 155, 8).astype(int)[:, None, None]  # from above: no mere noise
    images = (random.integers(0, 101, (120, 8, 8, 3)) + light).astype(np.uint8)
    np.savez(folder / "images.npz", x=images, y=np.arange(120) % 4)
    vectors = random.normal(size=(120, 6)).astype(np.float32)
    np.savez(folder / "vectors.npz", x=vectors, y=np.arange(120) % 2)
    np.savez(folder / "planes.npz", x=random.normal(size=(120, 12, 12, 1)).astype(np.float32))
    return folder


@pytest.fixture(scope="session")
def digits() -> QuantizedModel:
    """The example, quantized."""
    return quantize(DIGITS / "digits.keras", "int8", DIGITS / "calib.npz", DIGITS / "test.npz")


@pytest.fixture
def shared_models() -> Path:
    """The MLPerf Tiny models; a fresh machine does not have them."""
    if not SHARED_MODELS.is_dir():
        pytest.skip(f"no {SHARED_MODELS}: the MLPerf Tiny models are not part of the project")
    return SHARED_MODELS
