"""Every stored case against the oracle's answer: here with sanitizers, and on all emulated CPUs."""

from __future__ import annotations

from pathlib import Path

import program
import pytest
import toolchain

from tinydeploy import tools
from tinydeploy.board import board_ids, load_board

pytestmark = pytest.mark.slow

CASES = {stem: program.load(stem) for stem in program.stems()}
BOARDS = [id for id in board_ids() if load_board(id).qemu is not None]
TOO_LARGE: dict[str, list[str]] = {}  # what a board's RAM does not hold
NAMES = [case.name for cases in CASES.values() for case in cases]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The generated sources and the kernels'."""
    return toolchain.sources(tmp_path_factory.mktemp("cases"), CASES)


@pytest.fixture(scope="module")
def host(sources: list[Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the sanitized program says on this machine."""
    return toolchain.host(sources, tmp_path_factory.mktemp("host"))


@pytest.mark.parametrize("name", NAMES)
def test_host(host: str, name: str) -> None:
    assert f"ok {name}" in toolchain.said(host, name)


@pytest.mark.parametrize("board", BOARDS)
def test_emulated(board: str, tmp_path: Path) -> None:
    output, left_out = toolchain.on_board(CASES, tmp_path, board)
    wrong = [name for name in NAMES if toolchain.said(output, name) != [f"ok {name}"]]
    assert wrong == left_out == TOO_LARGE.get(board, []), output


def test_valid_as_cpp(sources: list[Path]) -> None:
    toolchain.need("g++")
    command = ["g++", "-x", "c++", "-std=c++17", "-fsyntax-only"]
    flags = [*toolchain.WARNINGS, *toolchain.INCLUDES]
    tools.call([*command, *flags, *map(str, sources)], timeout_s=300)
