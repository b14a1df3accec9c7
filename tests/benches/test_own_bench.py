"""This repository's own bench.toml: every cell bit-exact and within its budgets."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tinydeploy.cli import run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PROGRAMS = (
    "arm-none-eabi-gcc",
    "qemu-system-arm",
    "riscv64-unknown-elf-gcc",
    "qemu-system-riscv32",
)


def test_it_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for program in PROGRAMS:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    shutil.copy(ROOT / "bench.toml", tmp_path)
    for name in ("examples", "tests"):
        (tmp_path / name).symlink_to(ROOT / name)
    code = run(["bench", "run", "--file", str(tmp_path / "bench.toml"), "--json"])
    document = json.loads(capsys.readouterr().out)
    wrong = [cell for cell in document["cells"] if cell["status"] != "passed"]
    assert not wrong
    assert code == 0
    assert len(document["cells"]) == 27
    assert all(cell["bit_exact"] for cell in document["cells"])
