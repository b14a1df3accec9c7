"""C test programs from the stored cases: each lowered to its `Call` and emitted as in a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np

from tinydeploy import emit, tflite
from tinydeploy.arena import Step
from tinydeploy.graph import MODES, Aim, Call, Graph
from tinydeploy.ops import lowering
from tinydeploy.ops.float32 import FLOAT32

CASES = Path(__file__).parent.parent / "cases"
FEATURES = (frozenset[str](), frozenset({"dsp"}), frozenset({"dsp", "mve"}))  # of CPUs


@dataclass(frozen=True)
class Case:
    """A one-operator model with inputs and the oracle's outputs, one row a sample."""

    name: str
    model: bytes
    inputs: tuple[np.ndarray, ...]
    outputs: tuple[np.ndarray, ...]

    @property
    def graph(self) -> Graph:
        """The model's graph."""
        return tflite.read(self.model, self.name)


def stems() -> list[str]:
    """The operators that have cases."""
    return sorted(path.stem for path in CASES.glob("*.toml"))


def load(stem: str) -> list[Case]:
    """The stored cases of one operator, named `<stem>/<case>`."""
    with np.load(CASES / f"{stem}.npz") as stored:
        arrays = {key: stored[key] for key in stored.files}
    return [
        Case(
            name=f"{stem}/{name}",
            model=arrays[f"{name}/model"].tobytes(),
            inputs=tuple(
                arrays[f"{name}/input{i}"] for i in range(9) if f"{name}/input{i}" in arrays
            ),
            outputs=tuple(
                arrays[f"{name}/output{i}"] for i in range(9) if f"{name}/output{i}" in arrays
            ),
        )
        for name in dict.fromkeys(key.split("/")[0] for key in arrays)
    ]


def split(
    groups: Mapping[str, list[Case]], rom_bytes: int, ram_bytes: int
) -> tuple[list[dict[str, list[Case]]], list[str]]:
    """The cases as programs that each fit the memory, and the names of those that fit none."""
    programs: list[dict[str, list[Case]]] = []
    left_out = []
    rom = ram = 0
    for group, cases in groups.items():
        for case in cases:
            case_rom, case_ram = _memory(case)
            if case_rom > rom_bytes or case_ram > ram_bytes:
                left_out.append(case.name)
                continue
            if not programs or rom + case_rom > rom_bytes or ram + case_ram > ram_bytes:
                programs.append({})
                rom = ram = 0
            programs[-1].setdefault(group, []).append(case)
            rom, ram = rom + case_rom, ram + case_ram
    return programs, left_out


def _memory(case: Case) -> tuple[int, int]:
    """Bytes that a case takes of ROM, generously, and of RAM."""
    calls = _calls(case, 0)
    sizes = re.findall(r"static int8_t \w+\[(\d+)\]", _case(case, calls, 0))
    constants = sum(const.data.nbytes + 16 for call in calls for const in call.constants)
    tables = sum(rows.nbytes for rows in (*case.inputs, *case.outputs))
    return tables + constants + 1024 * len(calls), sum(int(size) + 15 & ~15 for size in sizes)


def write(folder: Path, groups: Mapping[str, list[Case]]) -> tuple[list[Path], list[str]]:
    """Write a C file for each group and one that runs all; return them and the kernels used."""
    files, functions, sources = [], [], set()
    for group, cases in groups.items():
        calls = [_calls(case, index) for index, case in enumerate(cases)]
        sources |= set(emit.sources(chain.from_iterable(calls)))
        files.append(folder / f"{group}.c")
        files[-1].write_text(_file(group, cases, calls))
        functions.append(f"run_{group}")
    body = "".join(f"  {name}();\n" for name in functions)
    declarations = "".join(f"void {name}(void);\n" for name in functions)
    files.append(folder / "run_cases.c")
    files[-1].write_text(
        f'#include "check.h"\n\n{declarations}\nvoid run_cases(void) {{\n{body}}}\n'
    )
    return files, sorted(name for name in sources if name.endswith(".c"))


def _calls(case: Case, index: int) -> list[Call]:
    """The case's call by each kernel that the operator takes in any mode, with DSP or vector
    instructions or without, and by the portable one; their names are made unique by the case's
    index."""
    graph = case.graph
    (node,) = graph.nodes
    op = lowering(graph, node)
    reason = op.refuse(graph, node)
    assert not reason, f"{case.name}: {reason}"
    ways = [
        op.lower(graph, node, Aim(optimize, features))
        for optimize in MODES
        for features in FEATURES
    ]
    reference = getattr(op, "reference", None)
    if reference is not None:
        ways.append(reference(graph, node))
    by_kernel = {call.kernel: call for call in ways}
    return [
        replace(call, node=(len(FEATURES) * len(MODES) + 1) * index + i)
        for i, call in enumerate(by_kernel.values())
    ]


def _file(group: str, cases: list[Case], calls: list[list[Call]]) -> str:
    headers = emit.includes(chain.from_iterable(calls))
    parts = [headers, '#include <string.h>\n\n#include "check.h"\n']
    for index, (case, ways) in enumerate(zip(cases, calls, strict=True)):
        parts += [f"/* {case.name} */", *map(emit.constants, ways), _case(case, ways, index)]
    body = "".join(f"  case{index}();\n" for index in range(len(cases)))
    name = f"run_{group}"
    return "\n".join([*parts, f"void {name}(void);", f"void {name}(void) {{\n{body}}}\n"])


def _case(case: Case, calls: list[Call], index: int) -> str:
    """Buffers and a function that runs every sample with each call in each layout of memory.

    Each buffer has its exact size, so that the sanitizer sees what reaches past it.
    """
    graph = case.graph
    (node,) = graph.nodes
    is_float = lowering(graph, node) is FLOAT32.get(node.op)  # computes with floats
    names = {tensor: f"case{index}_input{i}" for i, tensor in enumerate(graph.inputs)}
    stored = dict(zip(graph.inputs, case.inputs, strict=True))
    declarations = [_table(f"{name}s", stored[tensor]) for tensor, name in names.items()]
    declarations += [_buffer(name, stored[tensor][0].nbytes) for tensor, name in names.items()]
    declarations += [_table(f"case{index}_wanted{i}", rows) for i, rows in enumerate(case.outputs)]
    steps = []
    for call in calls:
        scratch = f"call{call.node}_scratch"
        if call.scratch_bytes:
            declarations.append(_buffer(scratch, call.scratch_bytes))
        for buffers, places in _layouts(call, graph, names):
            declarations += buffers
            for tensor, name in names.items():
                steps.append(f"memcpy({places[tensor]}, {name}s[sample], sizeof {name}s[0]);")
            steps += emit.statement(call, graph, places, scratch).splitlines()
            for i, (tensor, rows) in enumerate(zip(graph.outputs, case.outputs, strict=True)):
                wanted = f"case{index}_wanted{i}[sample]"
                check = "check_floats" if is_float and rows.dtype == np.float32 else "check_bytes"
                steps.append(f"{check}(sample, {places[tensor]}, {wanted}, {rows[0].nbytes});")
    body = "\n".join(f"    {step}" for step in steps)
    return (
        "\n".join(declarations)
        + f"\nstatic void case{index}(void) {{\n"
        + f'  check_begin("{case.name}");\n'
        + f"  for (int32_t sample = 0; sample < {len(case.outputs[0])}; sample++) {{\n"
        + body
        + "\n  }\n  check_end();\n}\n"
    )


def _layouts(
    call: Call, graph: Graph, names: dict[int, str]
) -> Iterator[tuple[list[str], dict[int, str]]]:
    """Buffers to declare and where each tensor lies: apart, in place, and as near to each input as
    the call says the output may."""
    output = graph.outputs[0]
    size = graph.tensor(output).bytes
    prefix = f"call{call.node}"
    if call.kernel:
        apart = {tensor: f"{prefix}_output{i}" for i, tensor in enumerate(graph.outputs)}
        buffers = [_buffer(name, graph.tensor(tensor).bytes) for tensor, name in apart.items()]
        yield buffers, {**names, **apart}
    if call.in_place:
        yield [], {**names, output: names[call.reads[0]]}
    for tensor, steps in call.overlaps:
        name = f"{prefix}_overlapped{tensor}"
        distance = _least_distance(steps)
        span = max(distance + graph.tensor(tensor).bytes, size)
        if steps:
            yield [_buffer(name, span)], {**names, tensor: f"{name} + {distance}", output: name}


def _least_distance(steps: tuple[Step, ...]) -> int:
    """The least distance from the output on at which the input may lie: the arena's rule."""
    forbidden = [(s.written[0] - s.needed[1], s.written[1] - s.needed[0]) for s in steps]
    candidates = sorted({0, *(high for _, high in forbidden if high > 0)})
    return next(d for d in candidates if not any(low < d < high for low, high in forbidden))


def _buffer(name: str, size: int) -> str:
    return f"alignas(16) static int8_t {name}[{size}];"


def _table(name: str, rows: np.ndarray) -> str:
    """The rows' bytes as a constant array."""
    numbers = np.ascontiguousarray(rows).view(np.int8).reshape(len(rows), -1)
    text = ",\n".join("{" + ",".join(map(str, row)) + "}" for row in numbers.tolist())
    return f"static const int8_t {name}[{numbers.shape[0]}][{numbers.shape[1]}] = {{\n{text}}};"
