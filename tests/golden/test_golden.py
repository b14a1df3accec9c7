"""The rendered project of a tiny model, board by board, against what is stored beside this file.

A file is stored once: what a board's folder lacks is as in the folder of its kin (`KIN`), but for
its list of files.

After a wanted change: `TINYDEPLOY_UPDATE_GOLDEN=1 scripts/test tests/golden`, then read the diff.
"""

from __future__ import annotations

import os
import re
from difflib import unified_diff
from pathlib import Path

import pytest

from tinydeploy import espidf, project
from tinydeploy.board import board_ids, load_board
from tinydeploy.engines import ENGINES, tflm
from tinydeploy.quantize import QuantizedModel
from tinydeploy.tflite import read
from tinydeploy.tools import sha256

HERE = Path(__file__).parent
UPDATE = "TINYDEPLOY_UPDATE_GOLDEN"
LISTING = "FILES"
MOST_ARRAY_LINES = 4
NUMBERS = re.compile(r"[\s0-9a-fA-FxX,.+-]*[0-9][\s0-9a-fA-FxX,.+-]*")
ROOT = "mps2-an386-aot"
# By engine and features of the CPU, which is what the generated C depends on.
KIN = {
    ("aot", ("dsp",)): ROOT,
    ("aot", ()): "host-aot",
    ("aot", ("dsp", "mve")): "mps3-an547-aot",
    ("tflm", ()): "nano33-tflm",
}


def chain(board_id: str, engine: str) -> tuple[str, ...]:
    """The folders that a project's files are stored in: its own first, ROOT last."""
    features = load_board(board_id).features if engine == "aot" else ()
    names = (f"{board_id}-{engine}", KIN[engine, tuple(sorted(features))], ROOT)
    return tuple(dict.fromkeys(names))


BUILDS = sorted(
    (
        (board.id, engine)
        for board in map(load_board, board_ids())
        for engine in board.engines
        if engine != "tflm" or board.tflm  # without a library of its own it wants --tflm-dir
    ),
    key=lambda build: len(chain(*build)),  # so that an update meets the others' files updated
)


class FixedOracle:
    """Stands for the reference interpreter, whose version must not show in the stored files."""

    name = "the oracle"

    def arena_bytes(self) -> int:
        """A figure that shows the margin and the rounding."""
        return 2001


@pytest.fixture
def model() -> QuantizedModel:
    data = (HERE / "tiny.tflite").read_bytes()
    return QuantizedModel("tiny", data, sha256(data), "int8", read(data, "tiny"), "tiny.tflite", {})


@pytest.mark.parametrize(("board_id", "engine"), BUILDS)
def test_project(
    board_id: str, engine: str, model: QuantizedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tflm, "open_oracle", lambda tflite: FixedOracle())
    board = load_board(board_id)
    if board.espidf and board.espidf.psram_bytes:  # stored as it is with the arena there
        board = espidf.with_arena(board, "psram")
    plan = ENGINES[engine].plan(model, board, "balanced")
    files = project.render(plan, board).files
    generated = {f"src/{name}" for name in plan.files} | {"platformio.ini", "README.md"}
    generated |= {espidf.TABLE, espidf.CONFIG} & files.keys()
    got = {name: elide(files[name].decode()) for name in sorted(generated)}
    got[LISTING] = "".join(f"{name}\n" for name in files)
    own, *others = (HERE / name for name in chain(board_id, engine))
    inherited: dict[str, str] = {}
    for folder in reversed(others):
        texts = stored(folder)
        inherited |= {name: texts[name] for name in (texts.keys() & got.keys()) - {LISTING}}
    if os.environ.get(UPDATE):
        store(own, {name: got[name] for name in got if got[name] != inherited.get(name)})
    kept = stored(own)
    changes = difference(inherited | kept, got)
    assert not changes, f"\n{changes}wanted? {UPDATE}=1 scripts/test tests/golden"
    assert not [name for name in kept if kept[name] == inherited.get(name)], "stored twice"


@pytest.mark.parametrize("board_id", [board for board, engine in BUILDS if engine == "aot"])
def test_aot_needs_no_library(board_id: str, model: QuantizedModel) -> None:
    """Plain C: nothing of TensorFlow, whatever the board."""
    board = load_board(board_id)
    files = project.render(ENGINES["aot"].plan(model, board, "balanced"), board).files
    ini = files["platformio.ini"].decode()
    assert ini.partition("lib_deps =\n")[2].strip() == ""
    assert not [name for name in files if name.endswith(("idf_component.yml", ".cc"))]
    for name, data in files.items():
        assert b'#include "tensorflow' not in data, name


def test_no_stored_project_is_of_no_board() -> None:
    stored_names = {path.name for path in HERE.iterdir() if (path / LISTING).is_file()}
    assert stored_names == {f"{board}-{engine}" for board, engine in BUILDS}


def difference(old: dict[str, str], new: dict[str, str]) -> str:
    """What changed between two sets of files, as one diff; empty when nothing did."""
    lines: list[str] = []
    for name in sorted(old.keys() | new.keys()):
        was, now = (files.get(name, "").splitlines(keepends=True) for files in (old, new))
        lines += unified_diff(was, now, f"stored/{name}", f"rendered/{name}", n=1)
    return "".join(lines)


def elide(text: str) -> str:
    """The text with the middle of each long array left out: only lines of bare numbers count."""
    lines: list[str] = []
    array: list[str] = []
    for line in [*text.splitlines(keepends=True), ""]:
        if NUMBERS.fullmatch(line):
            array.append(line)
            continue
        if len(array) > MOST_ARRAY_LINES:
            array[2:-1] = [f"    … {len(array) - 3} lines …\n"]
        lines += [*array, line]
        array = []
    return "".join(lines)


def store(folder: Path, got: dict[str, str]) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()
    for name, text in got.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def stored(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_difference_tells_what_changed() -> None:
    assert difference({"a": "1\n"}, {"a": "1\n"}) == ""
    assert "+2\n" in difference({"a": "1\n"}, {"a": "1\n2\n"})
    assert "stored/gone" in difference({"gone": "1\n"}, {})


def test_elide_keeps_what_is_no_long_array() -> None:
    assert elide("int a[] = {\n    1, 2,\n    3,\n};\n") == "int a[] = {\n    1, 2,\n    3,\n};\n"
    long = "x = {\n" + "    1, 2,\n" * 9 + "};\n"
    assert elide(long) == "x = {\n    1, 2,\n    1, 2,\n    … 6 lines …\n    1, 2,\n};\n"
