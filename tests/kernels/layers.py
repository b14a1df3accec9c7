"""Layers of the packed kernels as C test programs, and what a plain reference makes of them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import toolchain
from numpy.typing import NDArray

from tinydeploy import tools
from tinydeploy.graph import Const, Param

HERE = Path(__file__).parent
FIRMWARE = tools.data_dir("firmware")
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]
INCLUDES = [f"-I{HERE}", f"-I{FIRMWARE / 'kernels'}"]


@dataclass(frozen=True)
class Run:
    """One call of `kernel(&params, inputs…, constants…, output, [scratch])` and what it must
    give."""

    name: str
    kernel: str
    params: Sequence[tuple[str, Param]]
    inputs: Sequence[NDArray[np.int8]]
    constants: Sequence[Const]
    scratch_bytes: int
    in_place: bool
    wanted: NDArray[np.int8]
    sources: tuple[str, ...]


def requantize(acc: NDArray[np.int64], multiplier: int, shift: int) -> NDArray[np.int64]:
    """TFLite's double rounding, for accumulators that fit 32 bits."""
    scaled = acc << max(shift, 0)
    high = (scaled * multiplier + (1 << 30)) >> 31
    right = max(-shift, 0)
    if right == 0:
        return high
    remainder = high & ((1 << right) - 1)
    threshold = ((1 << right) >> 1) - 1 + (high < 0)
    return (high >> right) + (remainder > threshold)


def write(path: Path, runs: Sequence[Run]) -> list[Path]:
    """A C file with all runs; returns every source that the program needs."""
    kernels = sorted({run.kernel for run in runs})
    parts = [f'#include "{name}.h"' for name in kernels]
    parts += ["#include <stdalign.h>", "#include <string.h>", '#include "check.h"']
    parts += [_function(run, index) for index, run in enumerate(runs)]
    calls = "".join(f"  run{index}();\n" for index in range(len(runs)))
    parts.append(f"void run_cases(void) {{\n{calls}}}\n")
    path.write_text("\n".join(parts))
    sources = sorted({name for run in runs for name in run.sources if name.endswith(".c")})
    return [path, *(FIRMWARE / name for name in sources), HERE / "check.c"]


def _function(run: Run, index: int) -> str:
    lines = []
    for i, values in enumerate(run.inputs):
        lines.append(_array(f"input{index}_{i}s", values))
        lines.append(f"alignas(16) static int8_t input{index}_{i}[{values.size}];")
    tables = [value for _, value in run.params if isinstance(value, Const)]
    lines += [_array(f"{const.name}{index}", const.data) for const in (*tables, *run.constants)]
    lines.append(_array(f"wanted{index}", run.wanted))
    lines.append(f"alignas(16) static int8_t output{index}[{run.wanted.size}];")
    if run.scratch_bytes:
        lines.append(f"alignas(16) static int8_t scratch{index}[{run.scratch_bytes}];")
    fields = ", ".join(f".{name} = {_value(value, index)}" for name, value in run.params)
    lines.append(f"static const {run.kernel}_params params{index} = {{{fields}}};")
    lines.append(f'static void run{index}(void) {{\n  check_begin("{run.name}");')
    for result in (f"output{index}", f"input{index}_0")[: 1 + run.in_place]:
        names = [f"input{index}_{i}" for i in range(len(run.inputs))]
        lines += [f"  memcpy({name}, {name}s, sizeof {name});" for name in names]
        args = [f"&params{index}", *names, *(f"{const.name}{index}" for const in run.constants)]
        args += [result] + ([f"scratch{index}"] if run.scratch_bytes else [])
        lines.append(f"  {run.kernel}({', '.join(args)});")
        lines.append(f"  check_bytes(0, {result}, wanted{index}, sizeof wanted{index});")
    return "\n".join([*lines, "  check_end();\n}"])


def _value(value: Param, index: int) -> str:
    return f"{value.name}{index}" if isinstance(value, Const) else str(value)


def _array(name: str, data: NDArray[np.generic]) -> str:
    text = ",".join(map(str, np.ravel(data).tolist())).replace("-2147483648", "INT32_MIN")
    return f"alignas(4) static const {data.dtype}_t {name}[] = {{{text}}};"


def host(files: Sequence[Path], folder: Path) -> str:
    """What the sanitized host program says."""
    _need("gcc")
    sanitizers = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    command = ["gcc", "-std=c11", "-O1", "-g", *sanitizers, *WARNINGS, *INCLUDES]
    elf = folder / "host"
    tools.call([*command, *map(str, files), str(HERE / "host.c"), "-o", str(elf)], timeout_s=300)
    return tools.call([str(elf)], timeout_s=60)


def emulated(files: Sequence[Path], folder: Path) -> str:
    """What the program says on the emulated Cortex-M4."""
    return toolchain.emulated(files, folder)


def _need(*names: str) -> None:
    for name in names:
        if shutil.which(name) is None:
            pytest.skip(f"{name} is not installed")
