"""C test programs from the stored cases: each lowered to its `Call` and emitted as in a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tinydeploy import emit, tflite
from tinydeploy.graph import Call, Graph
from tinydeploy.ops import OPS

CASES = Path(__file__).parent.parent / "cases"


@dataclass(frozen=True)
class Case:
    """A one-operator model with inputs and the oracle's outputs, one row a sample."""

    name: str
    model: bytes
    inputs: tuple[np.ndarray, ...]
    output: np.ndarray

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
            output=arrays[f"{name}/output"],
        )
        for name in dict.fromkeys(key.split("/")[0] for key in arrays)
    ]


def write(folder: Path) -> tuple[list[Path], list[str]]:
    """Write a C file for each operator and one that runs all; return them and the kernels used."""
    files, functions, sources = [], [], set()
    for stem in stems():
        cases = load(stem)
        calls = [_call(case, index) for index, case in enumerate(cases)]
        sources |= set(emit.sources(calls))
        files.append(folder / f"{stem}.c")
        files[-1].write_text(_file(stem, cases, calls))
        functions.append(f"run_{stem}")
    body = "".join(f"  {name}();\n" for name in functions)
    declarations = "".join(f"void {name}(void);\n" for name in functions)
    files.append(folder / "run_cases.c")
    files[-1].write_text(
        f'#include "check.h"\n\n{declarations}\nvoid run_cases(void) {{\n{body}}}\n'
    )
    return files, sorted(name for name in sources if name.endswith(".c"))


def _call(case: Case, index: int) -> Call:
    """The case's call, its names made unique by the case's index."""
    graph = case.graph
    (node,) = graph.nodes
    reason = OPS[node.op].refuse(graph, node)
    assert not reason, f"{case.name}: {reason}"
    return replace(OPS[node.op].lower(graph, node), node=index)


def _file(stem: str, cases: list[Case], calls: list[Call]) -> str:
    parts = [emit.includes(calls), '#include <string.h>\n\n#include "check.h"\n']
    for index, (case, call) in enumerate(zip(cases, calls, strict=True)):
        parts += [f"/* {case.name} */", emit.constants(call), _case(case, call, index)]
    body = "".join(f"  case{index}();\n" for index in range(len(cases)))
    name = f"run_{stem}"
    return "\n".join([*parts, f"void {name}(void);", f"void {name}(void) {{\n{body}}}\n"])


def _case(case: Case, call: Call, index: int) -> str:
    """Buffers and a function that runs every sample, in place too where the call allows it.

    Each buffer has its exact size, so that the sanitizer sees what reaches past it.
    """
    graph = case.graph
    memory = [f"case{index}_input{i}" for i in range(len(case.inputs))]
    places = dict(zip(graph.inputs, memory, strict=True))
    output = f"case{index}_output"
    wanted = f"case{index}_wanted"
    buffers = [
        *(
            _buffer(name, values[0].nbytes)
            for name, values in zip(memory, case.inputs, strict=True)
        ),
        *(_table(f"{name}s", values) for name, values in zip(memory, case.inputs, strict=True)),
        _table(wanted, case.output),
    ]
    if call.kernel:
        buffers.append(_buffer(output, case.output[0].nbytes))
    if call.scratch_bytes:
        buffers.append(_buffer(f"case{index}_scratch", call.scratch_bytes))
    runs = [output] if call.kernel else []
    if call.in_place:
        runs.append(places[call.reads[0]])
    size = case.output[0].nbytes
    steps = []
    for result in runs:
        statement = emit.statement(
            call, graph, {**places, graph.outputs[0]: result}, f"case{index}_scratch"
        )
        steps += [
            *(f"memcpy({name}, {name}s[sample], sizeof {name});" for name in memory),
            *statement.splitlines(),
            f"check_bytes(sample, {result}, {wanted}[sample], {size});",
        ]
    body = "\n".join(f"    {step}" for step in steps)
    return (
        "\n".join(buffers)
        + f"\nstatic void case{index}(void) {{\n"
        + f'  check_begin("{case.name}");\n'
        + f"  for (int32_t sample = 0; sample < {len(case.output)}; sample++) {{\n"
        + body
        + "\n  }\n  check_end();\n}\n"
    )


def _buffer(name: str, size: int) -> str:
    return f"alignas(16) static int8_t {name}[{size}];"


def _table(name: str, rows: np.ndarray) -> str:
    """The rows' bytes as a constant array."""
    numbers = np.ascontiguousarray(rows).view(np.int8).reshape(len(rows), -1)
    text = ",\n".join("{" + ",".join(map(str, row)) + "}" for row in numbers.tolist())
    return f"static const int8_t {name}[{numbers.shape[0]}][{numbers.shape[1]}] = {{\n{text}}};"
