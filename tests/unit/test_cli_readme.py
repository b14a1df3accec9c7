"""README and docs say what the program says: tables, verbs, exit codes, keys of a board."""

from __future__ import annotations

import json
import os
import re
import shlex
import zipfile
from dataclasses import fields
from pathlib import Path

import pytest
from typer.main import get_command

from tinydeploy import board, errors
from tinydeploy.cli import INTERRUPTED, CommandLineError, app, run, verbs
from tinydeploy.schemes import SCHEMES

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def part(mark: str) -> str:
    """README's text between the marks."""
    return README.split(f"<!-- {mark} -->\n")[1].split(f"<!-- /{mark} -->")[0]


def commands(text: str) -> list[list[str]]:
    """The words of each command in the shell blocks of a document."""
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize(("mark", "verb"), [("boards", "boards"), ("operators", "ops")])
def test_the_tables_are_current(mark: str, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--markdown"]) == 0
    assert part(mark) == capsys.readouterr().out, "scripts/readme"


def test_the_transcript_is_of_a_real_run() -> None:
    transcript = part("transcript")
    assert "bit-exact with tflite_micro" in transcript
    assert re.search(r"[\d,]+ instructions", transcript)


def test_every_command_is_there() -> None:
    for words in commands(README):
        if words[0].startswith("scripts/"):
            assert os.access(ROOT / words[0], os.X_OK), words
        elif words[0] == "tinydeploy":
            parse(words[1:])
        else:
            assert words == ["pip", "install", "."]


def test_a_command_that_is_not_there_would_be_found() -> None:
    with pytest.raises(CommandLineError):
        parse(["deploy", "--bord", "host"])


def parse(words: list[str]) -> None:
    """Parse a command line without running it."""
    group = get_command(app)
    with group.make_context("tinydeploy", list(words)) as context:
        name, command, rest = group.resolve_command(context, words)
        command.make_context(name, rest, parent=context)


def test_scripts_that_are_named_exist() -> None:
    named = set(re.findall(r"`?(scripts/\w+)", README + CONTRIBUTING))
    assert named
    assert all(os.access(ROOT / name, os.X_OK) for name in named)


def test_the_verbs_are_all_told() -> None:
    told = set(re.findall(r"`(\w+)`", README))
    assert set(verbs()) - {"init"} <= told
    assert "tinydeploy init" in README


def test_the_schemes_are_all_told() -> None:
    told = README.partition("`--scheme` says")[2].partition("`--epochs`")[0]
    assert set(re.findall(r"`([a-z0-9-]+)`", told)) - {"--train"} == SCHEMES.keys()
    (option,) = (p for p in get_command(app).commands["deploy"].params if p.name == "scheme")
    assert set(re.split(r"[,;.]? ?(?:with --train)? |[,.]", option.help)) - {""} == SCHEMES.keys()


def test_the_exit_codes_are_those_of_the_errors() -> None:
    kinds = errors.TinydeployError.__subclasses__()
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", README, flags=re.MULTILINE)}
    assert told == {kind.exit_code for kind in kinds} | {INTERRUPTED}


def test_the_example_opens_with_the_oldest_keras() -> None:
    """Keras 3.12 is the last for Python 3.10, and reads nothing that a newer one has written."""
    with zipfile.ZipFile(ROOT / "examples" / "digits" / "digits.keras") as archive:
        version = json.loads(archive.read("metadata.json"))["keras_version"]
    assert tuple(map(int, version.split(".")[:2])) <= (3, 12)


def test_every_key_of_a_board_is_documented() -> None:
    text = (ROOT / "docs" / "boards.md").read_text(encoding="utf-8")
    sections = re.split(r"^## `\[(\w+)\]`", text, flags=re.MULTILINE)
    told = {"": sections[0], **dict(zip(sections[1::2], sections[2::2], strict=True))}
    assert told.keys() - {""} == board._TABLES.keys()
    for name, kind in {"": board.Board, **board._TABLES}.items():
        rows = re.findall(r"^\| (`.*?) \|", told[name], flags=re.MULTILINE)
        keys = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
        wanted = {field.name for field in fields(kind)} - board._TABLES.keys()
        assert keys == wanted, name
