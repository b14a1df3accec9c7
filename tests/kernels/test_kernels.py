"""Every stored case against the oracle's answer: here with sanitizers, and on a Cortex-M4."""

from __future__ import annotations

import shutil
from pathlib import Path

import program
import pytest

from tinydeploy import tools
from tinydeploy.board import load_board

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
FIRMWARE = tools.data_dir("firmware")
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]
INCLUDES = [f"-I{HERE}", f"-I{FIRMWARE / 'kernels'}"]
NAMES = [case.name for stem in program.stems() for case in program.load(stem)]


def need(*names: str) -> None:
    for name in names:
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The generated sources, the kernels' and the checks'."""
    generated, kernels = program.write(tmp_path_factory.mktemp("cases"))
    return [*generated, *(FIRMWARE / name for name in kernels), HERE / "check.c"]


@pytest.fixture(scope="module")
def host(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the sanitized host program says."""
    need("gcc")
    elf = tmp_path_factory.mktemp("host") / "kernels"
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    command = ["gcc", "-std=c11", "-O1", "-g", *sanitizers, *WARNINGS, *INCLUDES]
    tools.call([*command, *map(str, files), str(HERE / "host.c"), "-o", str(elf)], timeout_s=300)
    return tools.call([str(elf)], timeout_s=60)


@pytest.fixture(scope="module")
def emulated(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the program says on the emulated Cortex-M4."""
    need("arm-none-eabi-gcc", "qemu-system-arm")
    board = load_board("mps2-an386")
    assert board.baremetal is not None and board.qemu is not None
    elf = tmp_path_factory.mktemp("emulated") / "kernels.elf"
    command = ["arm-none-eabi-gcc", "-std=c11", "-O2", *board.baremetal.machine_flags]
    link = ["-nostartfiles", f"-T{HERE / 'mps2.ld'}", "-o", str(elf)]
    sources = [*map(str, files), str(HERE / "mps2.c")]
    tools.call([*command, *WARNINGS, *INCLUDES, *sources, *link], timeout_s=300)
    semihosting = ["-semihosting-config", "enable=on,target=native"]
    machine = [board.qemu.binary, "-M", board.qemu.machine, "-nographic", "-monitor", "none"]
    return tools.call(
        [*machine, "-serial", "none", *semihosting, "-kernel", str(elf)], timeout_s=120
    )


@pytest.mark.parametrize("name", NAMES)
def test_host(host: str, name: str) -> None:
    assert f"ok {name}" in said(host, name)


@pytest.mark.parametrize("name", NAMES)
def test_emulated(emulated: str, name: str) -> None:
    assert f"ok {name}" in said(emulated, name)


def test_valid_as_cpp(files: list[Path]) -> None:
    need("g++")
    command = ["g++", "-x", "c++", "-std=c++17", "-fsyntax-only", *WARNINGS, *INCLUDES]
    tools.call([*command, *map(str, files)], timeout_s=300)


def said(output: str, name: str) -> list[str]:
    return [line for line in output.splitlines() if f" {name}" in f"{line} "]
