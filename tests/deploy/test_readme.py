"""README's commands for one's own model, run in its order on the example's model and data."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits"


def test_the_commands_for_ones_own_model(tmp_path: Path) -> None:
    for program in ("arm-none-eabi-gcc", "qemu-system-arm", "gcc"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    shutil.copy(DIGITS / "digits.keras", tmp_path / "model.keras")
    shutil.copy(DIGITS / "calib.npz", tmp_path / "calib.npz")
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## Your own model")[1]
    block = re.search(r"```sh\n(.*?)```", section, flags=re.DOTALL)
    assert block is not None
    lines = [shlex.split(line, comments=True) for line in block[1].splitlines()]
    for words in (line for line in lines if line[0] == "tinydeploy"):
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stderr}"
        if "--json" in words:
            assert json.loads(done.stdout)["verify"]["bit_exact"] is True
