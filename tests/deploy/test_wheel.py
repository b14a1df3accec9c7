"""An installed wheel does what a checkout does: it holds boards, templates, firmware, platform."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "tests" / "golden" / "tiny.tflite"


def call(*command: str, cwd: Path, path: str = "") -> str:
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's content, as an installation has it; PyPI gives the build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT), cwd=folder)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_holds_the_data_and_nothing_compiled(site: Path) -> None:
    def names(top: Path) -> set[str]:
        paths = (path for path in top.rglob("*") if path.is_file())
        return {p.relative_to(top).as_posix() for p in paths if "__pycache__" not in p.parts}

    for kind in ("boards", "templates", "firmware"):
        assert names(site / "tinydeploy" / "_data" / kind) == names(ROOT / kind)
    assert not list(site.rglob("*.pyc"))


def test_the_wheel_makes_the_checkouts_project(site: Path, tmp_path: Path) -> None:
    made = []
    for name, path in (("installed", site), ("checkout", ROOT)):
        verb = ["-m", "tinydeploy", "generate", str(TINY), "--board", "mps2-an386", "--json"]
        said = call(sys.executable, *verb, "-o", str(tmp_path / name), cwd=tmp_path, path=str(path))
        project = tmp_path / name / "project"
        made.append({file: (project / file).read_bytes() for file in json.loads(said)["files"]})
    assert made[0] == made[1]
    assert made[0]
