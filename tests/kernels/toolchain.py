"""Compile and run a kernel test program: here with sanitizers, or on an emulated board."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import program
import pytest

from tinydeploy import tools
from tinydeploy.board import Baremetal, Board, load_board

HERE = Path(__file__).parent
FIRMWARE = tools.data_dir("firmware")
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]
SECTIONS = ["-ffunction-sections", "-fdata-sections"]
STACK_BYTES = 2048
ROOM_FOR_KERNELS_BYTES = 64 * 1024
ROOM_FOR_CHECK_BYTES = 256
INCLUDES = [f"-I{HERE}", f"-I{FIRMWARE / 'kernels'}"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
SANITIZED = ["gcc", "-std=c11", "-O1", "-g", *SANITIZERS, *WARNINGS, *INCLUDES]


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
    tools.call(
        [*SANITIZED, *map(str, files), str(HERE / "host.c"), "-lm", "-o", str(elf)], timeout_s=300
    )
    return tools.call([str(elf)], timeout_s=60)


def emulated(files: Sequence[Path], folder: Path, board_id: str = "mps2-an386") -> str:
    """What the program says on a board in QEMU."""
    board = load_board(board_id)
    return run(board, link(board, objects(board, files, folder), folder / "kernels.elf"))


def on_board(
    groups: Mapping[str, list[program.Case]], folder: Path, board_id: str
) -> tuple[str, list[str]]:
    """What the cases say on a board in QEMU, in as many programs as its memory asks for, and the
    names of the cases that are too large for it."""
    board = load_board(board_id)
    rom_bytes = board.flash_bytes - ROOM_FOR_KERNELS_BYTES
    ram_bytes = board.ram_bytes - STACK_BYTES - ROOM_FOR_CHECK_BYTES
    programs, left_out = program.split(groups, rom_bytes, ram_bytes)
    compiled: dict[Path, Path] = {}
    output = []
    for number, part in enumerate(programs):
        here = folder / str(number)
        here.mkdir()
        files = sources(here, part)
        new = [path for path in files if path not in compiled]
        compiled.update(zip(new, objects(board, new, here), strict=True))
        output.append(run(board, link(board, [compiled[path] for path in files], here / "elf")))
    return "".join(output), left_out


def objects(
    board: Board, files: Sequence[Path], folder: Path, flags: Sequence[str] = ()
) -> list[Path]:
    """The sources compiled as in a firmware for the board, in a new folder below `folder`."""
    bare = _bare(board)
    into = Path(tempfile.mkdtemp(dir=folder))
    command = [f"{bare.toolchain}gcc", "-std=c11", "-O2", *SECTIONS, *bare.machine_flags]
    options = [*command, *WARNINGS, *INCLUDES, *flags, "-c"]
    tools.call([*options, *map(str, files)], timeout_s=300, cwd=into)
    return [into / f"{path.stem}.o" for path in files]


def link(board: Board, parts: Sequence[Path], elf: Path) -> Path:
    """The program of these objects for the board."""
    bare = _bare(board)
    start = HERE / ("cortexm.c" if board.cpu.startswith("cortex") else "riscv.c")
    symbols = {
        "td_flash_origin": bare.flash_origin,
        "td_flash_bytes": board.flash_bytes,
        "td_ram_origin": bare.ram_origin,
        "td_ram_bytes": board.ram_bytes,
        "td_stack_bytes": STACK_BYTES,
    }
    flags = ["-nostartfiles", f"-T{HERE / 'bare.ld'}", "-Wl,--gc-sections", *bare.link_flags]
    flags += [f"-Wl,--defsym={name}={value}" for name, value in symbols.items()]
    command = [f"{bare.toolchain}gcc", "-std=c11", "-O2", *bare.machine_flags, *INCLUDES]
    everything = [*map(str, parts), str(start)]
    tools.call([*command, *everything, "-lm", *flags, "-o", str(elf)], timeout_s=300)
    return elf


def run(board: Board, elf: Path) -> str:
    """What the program says until it ends."""
    assert board.qemu is not None
    need(board.qemu.binary)
    machine = [board.qemu.binary, "-M", board.qemu.machine, *board.qemu.options, "-nographic"]
    quiet = ["-monitor", "none", "-serial", "none"]
    semihosting = ["-semihosting-config", "enable=on,target=native"]
    return tools.call([*machine, *quiet, *semihosting, "-kernel", str(elf)], timeout_s=120)


def _bare(board: Board) -> Baremetal:
    assert board.baremetal is not None
    need(f"{board.baremetal.toolchain}gcc")
    return board.baremetal


def said(output: str, name: str) -> list[str]:
    """The lines about one case."""
    return [line for line in output.splitlines() if f" {name} " in f"{line} "]
