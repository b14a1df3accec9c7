"""Boards: each number tells its source, and a file with a mistake is refused with what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tinydeploy.board import board_file, board_ids, load_board
from tinydeploy.compat import runtime_names
from tinydeploy.errors import UsageError
from tinydeploy.tools import data_dir

# Keys whose text holds numbers that somebody must be able to check: pins, USB ids, addresses.
SOURCED = ("components", "defines", "lib_deps", "platform", "version")
NUMBER = re.compile(r"(?:0x[0-9a-fA-F_]+|[\d_]+)\b")


def unsourced(text: str) -> list[str]:
    """Lines with a number that have a comment neither at their end nor above them."""
    found, above = [], ""
    for line in text.splitlines():
        key, _, value = line.partition(" = ")
        counts = NUMBER.match(value) or key in SOURCED or key.endswith("ids")
        if counts and "#" not in re.sub(r'"[^"]*"', "", value) and not above.startswith("#"):
            found.append(line)
        above = line
    return found


def test_a_number_without_a_source_is_found() -> None:
    assert unsourced("clock_hz = 16_000_000") == ["clock_hz = 16_000_000"]
    assert unsourced('ids = ["10c4:ea60#"]') == ['ids = ["10c4:ea60#"]']
    assert unsourced("clock_hz = 16_000_000  # data sheet, 5.4") == []
    assert unsourced('# RP2040 data sheet\ndefines = ["TX=24u"]\nname = "Two 2"') == []


@pytest.mark.parametrize("name", board_ids())
def test_every_number_tells_its_source(name: str) -> None:
    assert unsourced(board_file(name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", runtime_names())
def test_runtimes_name_the_sources_they_were_read_in(name: str) -> None:
    text = (data_dir("boards") / "runtimes" / f"{name}.toml").read_text(encoding="utf-8")
    comment = text[: text.index("name = ")]
    assert re.search(r"(commit|tag|at) v?[\w.]+", comment), comment


def written(folder: Path, change: str, to: str) -> str:
    text = board_file("nano33").read_text(encoding="utf-8")
    assert change in text
    (folder / "own.toml").write_text(text.replace(change, to), encoding="utf-8")
    return str(folder / "own.toml")


@pytest.mark.parametrize(
    ("change", "to", "message", "hint"),
    [
        ("clock_hz", "clock_khz", "unknown key 'clock_khz'", "did you mean 'clock_hz'?"),
        ("framework", "frame_work", "unknown key 'frame_work'", "did you mean 'framework'?"),
        ('port = "arduino"', "", "missing port", "docs/boards.md"),
        ("64_000_000", '"64 MHz"', "clock_hz must be of type int", "'64 MHz'"),
        ('["tflm", "aot"]', '"tflm"', "engines must be a list of strings", "'tflm'"),
        ("[usb]", "[usb", "own.toml", "TOML syntax"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(
    change: str, to: str, message: str, hint: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as raised:
        load_board(written(tmp_path, change, to))
    assert message in raised.value.message and hint in raised.value.hint


def test_a_name_that_is_no_board_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match="unknown board 'nano3'") as raised:
        load_board("nano3")
    assert raised.value.hint == "did you mean 'nano33'?"
    with pytest.raises(UsageError, match=r"no board file ./mine\.toml"):
        load_board("./mine.toml")


def test_boards_of_ones_own_come_before_ours(tmp_path: Path) -> None:
    path = Path(written(tmp_path, 'name = "Arduino Nano 33 BLE"', 'name = "Mine"'))
    path.rename(tmp_path / "nano33.toml")
    assert load_board("nano33", tmp_path).name == "Mine"
    assert load_board("nano33").name == "Arduino Nano 33 BLE"
    assert set(board_ids(tmp_path)) == set(board_ids())
