"""The models in ../shared/models, in the schemes that need no training, calibrated with noise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tinydeploy import cli

pytestmark = pytest.mark.slow

MODELS = Path(__file__).resolve().parents[3] / "shared" / "models"
SCHEMES = ["float32", "int8", "int16x8", "dynamic"]


@pytest.mark.parametrize(
    ("name", "shape"), [("ad01.h5", (640,)), ("pretrainedResnet.h5", (32, 32, 3))]
)
def test_they_run_as_the_oracle_and_the_noise_is_told(
    name: str,
    shape: tuple[int, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if not (MODELS / name).is_file():
        pytest.skip(f"no {name}")
    monkeypatch.chdir(tmp_path)
    noise = np.random.default_rng(1).normal(size=(128, *shape)).astype(np.float32)
    np.savez_compressed("noise.npz", x=noise)
    command = ["explore", str(MODELS / name), "--board", "mps2-an386", "--calib", "noise.npz"]
    command += ["--schemes", ",".join(SCHEMES), "--samples", "3", "--runs", "1", "--json"]
    assert cli.run(command) == 0
    document = json.loads(capfd.readouterr().out)
    assert [row["scheme"] for row in document["schemes"]] == SCHEMES
    assert all(row["proven"] for row in document["schemes"])
    assert [row["bit_exact"] for row in document["schemes"]][1:3] == [True, True]
    assert document["calibration"]["looks_like"] == "random noise"
    for row in document["schemes"]:
        assert "random noise" in row["remarks"][0]
    page = Path("build/explore/explore.html").read_text(encoding="utf-8")
    assert "random noise" in page
