"""Compile and run a kernel test program: here with sanitizers, or on the emulated Cortex-M4."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import program
import pytest

from tinydeploy import tools
from tinydeploy.board import load_board

HERE = Path(__file__).parent
FIRMWARE = tools.data_dir("firmware")
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]
INCLUDES = [f"-I{HERE}", f"-I{FIRMWARE / 'kernels'}"]


def need(*names: str) -> None:
    """Skip the test when a program is not installed."""
    for name in names:
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")


def sources(folder: Path, groups: Mapping[str, list[program.Case]]) -> list[Path]:
    """The sources of a program that runs the cases, without the platform's."""
    generated, kernels = program.write(folder, groups)
    return [*generated, *(FIRMWARE / name for name in kernels), HERE / "check.c"]


def host(files: list[Path], folder: Path) -> str:
    """What the program says on this machine under address and undefined-behaviour sanitizers."""
    need("gcc")
    elf = folder / "kernels"
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    command = ["gcc", "-std=c11", "-O1", "-g", *sanitizers, *WARNINGS, *INCLUDES]
    tools.call([*command, *map(str, files), str(HERE / "host.c"), "-o", str(elf)], timeout_s=300)
    return tools.call([str(elf)], timeout_s=60)


def emulated(files: list[Path], folder: Path) -> str:
    """What the program says on mps2-an386 in QEMU."""
    need("arm-none-eabi-gcc", "qemu-system-arm")
    board = load_board("mps2-an386")
    assert board.baremetal is not None and board.qemu is not None
    elf = folder / "kernels.elf"
    command = ["arm-none-eabi-gcc", "-std=c11", "-O2", *board.baremetal.machine_flags]
    link = ["-nostartfiles", f"-T{HERE / 'mps2.ld'}", "-o", str(elf)]
    everything = [*map(str, files), str(HERE / "mps2.c")]
    tools.call([*command, *WARNINGS, *INCLUDES, *everything, *link], timeout_s=300)
    machine = [board.qemu.binary, "-M", board.qemu.machine, "-nographic", "-monitor", "none"]
    semihosting = ["-serial", "none", "-semihosting-config", "enable=on,target=native"]
    return tools.call([*machine, *semihosting, "-kernel", str(elf)], timeout_s=120)


def said(output: str, name: str) -> list[str]:
    """The lines about one case."""
    return [line for line in output.splitlines() if f" {name} " in f"{line} "]
