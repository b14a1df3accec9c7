"""docs/ci.md is what it says: whole YAML, and commands that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from tinydeploy.bench.markdown import MARKER
from tinydeploy.cli import app

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.M | re.S)
COMMANDS = sorted(
    set(re.findall(r"(?:^|[\s|&])(tinydeploy (?:[a-z]+)[^\n>|&`]*)", "\n".join(BLOCKS)))
)


def test_there_are_three_whole_files() -> None:
    files = [yaml.safe_load(block) for block in BLOCKS]
    assert [sorted(map(str, file)) for file in files] == [
        ["True", "jobs", "name", "permissions"],  # YAML 1.1 reads `on` as true
        ["bench", "bench-of-main"],
        ["True", "jobs", "name"],
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_exists(command: str) -> None:
    words = command.split()[1:]
    found = get_command(app)
    while hasattr(found, "commands"):
        assert words[0] in found.commands, command
        found = found.commands[words.pop(0)]
    known = {option for param in found.params for option in param.opts}
    assert {word for word in words if word.startswith("--")} <= known, command


def test_the_marker_is_the_one_in_the_tables() -> None:
    assert MARKER in TEXT
