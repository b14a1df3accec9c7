"""Every stored case against the oracle's answer: here with sanitizers, and on a Cortex-M4."""

from __future__ import annotations

from pathlib import Path

import program
import pytest
import toolchain

from tinydeploy import tools

pytestmark = pytest.mark.slow

CASES = {stem: program.load(stem) for stem in program.stems()}
NAMES = [case.name for cases in CASES.values() for case in cases]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The generated sources and the kernels'."""
    return toolchain.sources(tmp_path_factory.mktemp("cases"), CASES)


@pytest.fixture(scope="module")
def host(sources: list[Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the sanitized program says on this machine."""
    return toolchain.host(sources, tmp_path_factory.mktemp("host"))


@pytest.fixture(scope="module")
def emulated(sources: list[Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the program says on the emulated Cortex-M4."""
    return toolchain.emulated(sources, tmp_path_factory.mktemp("emulated"))


@pytest.mark.parametrize("name", NAMES)
def test_host(host: str, name: str) -> None:
    assert f"ok {name}" in toolchain.said(host, name)


@pytest.mark.parametrize("name", NAMES)
def test_emulated(emulated: str, name: str) -> None:
    assert f"ok {name}" in toolchain.said(emulated, name)


def test_valid_as_cpp(sources: list[Path]) -> None:
    toolchain.need("g++")
    command = ["g++", "-x", "c++", "-std=c++17", "-fsyntax-only"]
    flags = [*toolchain.WARNINGS, *toolchain.INCLUDES]
    tools.call([*command, *flags, *map(str, sources)], timeout_s=300)
