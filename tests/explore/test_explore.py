"""explore on the shipped motion example, once for real: figures, cache, page."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from pages import console, outside

from tinydeploy import cli

pytestmark = pytest.mark.slow

MOTION = Path(__file__).resolve().parents[2] / "examples" / "motion"
COMMAND = ["explore", "--schemes", "int8,int8-qat"]


@pytest.fixture(scope="module")
def explored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's folder, without what schemes train on, after its exploration."""
    folder = tmp_path_factory.mktemp("explore") / "motion"
    shutil.copytree(MOTION, folder, ignore=shutil.ignore_patterns("build", "__pycache__"))
    settings = folder / "tinydeploy.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r"(?m)^train = .*\n", "", text), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert cli.run(COMMAND) == 0
    return folder


@pytest.fixture
def document(explored: Path) -> Any:
    return json.loads((explored / "build" / "explore" / "explore.json").read_text("utf-8"))


def test_int8_is_bit_exact_and_as_accurate_as_the_readme_tells(document: Any) -> None:
    row = document["schemes"][0]
    assert row["scheme"] == "int8"
    assert row["bit_exact"] is True
    assert row["pareto"] is True
    assert row["accuracy"]["quantized"] == row["accuracy"]["device"]
    readme = (MOTION / "README.md").read_text(encoding="utf-8")
    told = {name: float(value) for name, value in re.findall(r"(float|int8) ([\d.]+) %", readme)}
    assert told == {
        "float": pytest.approx(100 * row["accuracy"]["float"], abs=0.05),
        "int8": pytest.approx(100 * row["accuracy"]["device"], abs=0.05),
    }
    assert row["worst_sqnr_db"] > 10


def test_what_cannot_run_is_a_row_with_its_reason(document: Any) -> None:
    row = document["schemes"][1]
    assert "--train" in row["reason"]
    assert row["flash_bytes"] is row["accuracy"] is None


def test_a_second_run_does_nothing_and_says_so(
    explored: Path,
    document: Any,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(explored)
    before = (explored / "build" / "explore" / "explore.html").stat().st_mtime_ns
    assert cli.run(COMMAND) == 0
    assert "nothing changed" in capfd.readouterr().out
    assert (explored / "build" / "explore" / "explore.html").stat().st_mtime_ns == before
    assert cli.run([*COMMAND, "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == document


def test_nothing_but_the_results_is_left(explored: Path) -> None:
    found = sorted(path.name for path in (explored / "build" / "explore").iterdir())
    assert found == ["explore.html", "explore.json"]


def test_the_page_is_whole_and_quiet(explored: Path, tmp_path: Path) -> None:
    page = explored / "build" / "explore" / "explore.html"
    assert outside(page.read_text(encoding="utf-8")) == []
    assert console(page, tmp_path) == []
