"""A bare-metal program for engines without a firmware of their own: compile, run in QEMU, read.

The same emulator, compiler and count as tinydeploy's own firmware on the board mps2-an386.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile

from benchmarks.samples import Samples
from tinydeploy.board import load_board
from tinydeploy.errors import ToolError
from tinydeploy.tools import call

BOARD = "mps2-an386"
FOLDER = Path(__file__).parent / "harness"
_COMPILE_S = 300
_RUN_S = 600
_HINT = "scripts/setup installs the compiler and the emulator"


@dataclass(frozen=True)
class Engine:
    """What is compiled: C of kernels and calls, C of the network's constants, and how."""

    code: tuple[Path, ...]
    model: tuple[Path, ...]
    includes: tuple[Path, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """What came out: instructions and output of each sample, stack bytes, sizes of its sections."""

    instructions: tuple[int, ...]
    outputs: tuple[bytes, ...]
    stack_bytes: int
    code_bytes: int
    model_bytes: int

    @property
    def median(self) -> int:
        """Median instructions of an inference."""
        return statistics.median_low(self.instructions)


def samples_c(samples: Samples, output_bytes: int) -> str:
    """C with the samples as constants and the buffers that bench.h declares."""
    input_bytes = len(samples.inputs[0])
    values = ",".join(str(v - 256 if v > 127 else v) for data in samples.inputs for v in data)
    return f"""#include "bench.h"
const uint32_t bench_input_bytes = {input_bytes}u;
const uint32_t bench_output_bytes = {output_bytes}u;
const uint32_t bench_sample_count = {len(samples.inputs)}u;
const int8_t bench_samples[] = {{{values}}};
_Alignas(16) int8_t bench_input[{input_bytes}];
_Alignas(16) int8_t bench_output[{output_bytes}];
"""


def run(engine: Engine, samples: Samples, folder: Path) -> Run:
    """Compile `engine` with the harness into `folder` and run every sample once in QEMU.

    ToolError when the compiler or the emulator fails or the program ends with a fault.
    """
    elf = _link(engine, samples, folder)
    instructions, outputs, stack_bytes = parse(_emulate(elf))
    sections = _section_sizes(elf)
    return Run(
        instructions=instructions,
        outputs=outputs,
        stack_bytes=stack_bytes,
        code_bytes=sections[".engine_code"],
        model_bytes=sections[".engine_model"],
    )


def _link(engine: Engine, samples: Samples, folder: Path) -> Path:
    board = load_board(BOARD)
    assert board.baremetal is not None
    gcc = [f"{board.baremetal.toolchain}gcc", *board.baremetal.machine_flags]
    own = folder / "samples.c"
    folder.mkdir(parents=True, exist_ok=True)
    own.write_text(samples_c(samples, len(samples.outputs[0])), encoding="utf-8")
    include = [f"-I{path}" for path in (FOLDER, *engine.includes)]
    common = ["-std=gnu11", "-ffunction-sections", "-fdata-sections", *include]
    objects: list[str] = []
    for kind, sources, flags in (
        ("harness", (FOLDER / "bench.c", own), ("-O2",)),
        ("engine", engine.code, engine.flags),
        ("model", engine.model, engine.flags),
    ):
        (folder / kind).mkdir(exist_ok=True)
        for source in sources:
            made = str(folder / kind / f"{source.stem}.o")
            call(
                [*gcc, *common, *flags, "-c", str(source), "-o", made],
                timeout_s=_COMPILE_S,
                hint=_HINT,
            )
            objects.append(made)
    elf = folder / "bench.elf"
    link = [
        f"-T{FOLDER / 'bench.ld'}",
        "-nostartfiles",
        "-Wl,--gc-sections",
        "-Wl,--no-warn-rwx-segments",
    ]
    call([*gcc, *link, *objects, "-o", str(elf)], timeout_s=_COMPILE_S, hint=_HINT)
    return elf


def _emulate(elf: Path) -> str:
    qemu = load_board(BOARD).qemu
    assert qemu is not None
    options = ["-display", "none", "-monitor", "none", "-serial", "none"]
    semihosting = ["-semihosting-config", "enable=on,target=native"]
    command = [qemu.binary, "-M", qemu.machine, "-icount", f"shift={qemu.icount_shift}"]
    return call(
        [*command, *options, *semihosting, "-kernel", str(elf)], timeout_s=_RUN_S, hint=_HINT
    )


def parse(text: str) -> tuple[tuple[int, ...], tuple[bytes, ...], int]:
    """Instructions and output of each sample, and the most stack bytes, from a program's print.

    ToolError when it did not come to its end.
    """
    lines = [line.partition(" ")[::2] for line in text.splitlines()]
    if not lines or lines[-1][0] != "done":
        raise ToolError(f"the program did not finish: {text[-200:]!r}", "run its ELF by hand")
    board = load_board(BOARD)
    assert board.qemu is not None
    ticks_per_instruction = 2**board.qemu.icount_shift * board.clock_hz / 1e9
    empty = next(int(value) for name, value in lines if name == "empty")
    ticks = [int(value) for name, value in lines if name == "ticks"]
    return (
        tuple(round((t - empty) / ticks_per_instruction) for t in ticks),
        tuple(bytes.fromhex(value) for name, value in lines if name == "output"),
        max(int(value) for name, value in lines if name == "stack"),
    )


def _section_sizes(elf: Path) -> dict[str, int]:
    with elf.open("rb") as file:
        return {section.name: section["sh_size"] for section in ELFFile(file).iter_sections()}
