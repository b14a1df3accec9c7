"""Filters in a code: decoded to the same bytes, whatever a stream holds nothing is read beyond it,
and layers that use them answer as the oracle did."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import program
import pytest
import toolchain

from tinydeploy import coding, emit, tools
from tinydeploy.graph import Aim, Call, Const, Graph, Node
from tinydeploy.ops import fully_connected, lowering
from tinydeploy.ops.coded.codes import decoding

pytestmark = pytest.mark.slow

NODE = Node(0, "CONV_2D", "", (), (), {})
SIZES = (1, 2, 5, 64, 1000)


@dataclass(frozen=True)
class Coded(program.Case):
    """A stored case with its filter in a code."""

    code: str = ""

    @property
    def graph(self) -> Graph:
        graph = super().graph
        (node,) = graph.nodes
        filter_ = graph.input(node, 1)
        tensors = list(graph.tensors)
        tensors[filter_.index] = replace(filter_, coding=self.code)
        return replace(graph, tensors=tuple(tensors))


def cases() -> dict[str, list[program.Case]]:
    """The stored cases of convolutions and Dense layers, in each code that takes their values."""
    groups: dict[str, list[program.Case]] = {}
    for stem in ("conv2d", "fully_connected"):
        for case in program.load(stem):
            graph = case.graph
            filter_ = graph.input(graph.nodes[0], 1)
            if filter_.dtype != "int8" or filter_.data is None:
                continue
            codes = [coding.HUFFMAN]
            if coding.codebook(filter_.data.astype(np.int8)) is not None:
                codes.append(coding.CODEBOOK)
            for code in codes:
                group = groups.setdefault(f"{stem}_{code}", [])
                name = f"{case.name}_{code}"
                group.append(Coded(name, case.model, case.inputs, case.outputs, code))
    return groups


def test_stored_cases_answer_as_the_oracle(tmp_path: Path) -> None:
    groups = cases()
    said = toolchain.host(toolchain.sources(tmp_path, groups), tmp_path)
    lines = said.splitlines()
    names = [case.name for group in groups.values() for case in group]
    assert len(names) > 40
    for name in names:
        (line,) = toolchain.said(said, name)
        assert "ok" in line.lower(), line
    assert lines


@pytest.mark.parametrize("kernel", ["decode", "fully_connected"])
@pytest.mark.parametrize("code", [coding.HUFFMAN, coding.CODEBOOK])
def test_valid_as_cpp(kernel: str, code: str) -> None:
    toolchain.need("g++")
    source = toolchain.FIRMWARE / f"kernels/td_{kernel}_{code}_s8.c"
    command = ["g++", "-x", "c++", "-std=c++17", "-fsyntax-only"]
    tools.call([*command, *toolchain.WARNINGS, *toolchain.INCLUDES, str(source)], timeout_s=60)


def filters(rng: np.random.Generator) -> list[np.ndarray]:
    """Filters of all kinds: sparse, of few values, full, of one value, and nothing but zeros."""
    made = []
    for size in SIZES:
        full = rng.integers(-127, 128, size).astype(np.int8)
        made += [
            full,
            full * (rng.random(size) < 0.15),
            rng.choice(np.array([-127, -9, 0, 4, 127], np.int8), size),
            np.full(size, -7, np.int8),
            np.zeros(size, np.int8),
        ]
    return [values.astype(np.int8) for values in made]


def calls(values: np.ndarray) -> list[Call]:
    """Decoding calls of both codes, as weights and as the lanes of packed filters."""
    made = []
    for name in (coding.HUFFMAN, coding.CODEBOOK):
        call = decoding(NODE, values, name)
        if call is not None:
            made.append(call)
    return made


def packed(values: np.ndarray) -> np.ndarray:
    """The weights as lanes, as td_packed.h has them."""
    even = np.resize(values, values.size + values.size % 2).astype(np.int32)
    lanes = even[0::2] + 256 * even[1::2]
    return lanes.astype("<i2").view(np.int8) if lanes.min() >= -(2**15) else values


def test_decoders_give_back_every_byte_and_bear_any_stream(tmp_path: Path) -> None:
    toolchain.need("gcc")
    rng = np.random.default_rng(1)
    ran, number = set(), 0
    for values in filters(rng):
        for bytes_ in (values, packed(values)):
            for call in calls(bytes_):
                in_flash = sum(const.data.nbytes for const in call.constants)
                assert in_flash < bytes_.size, "tables included"
                run_decoder(tmp_path, number, call, bytes_)
                lanes = dict(call.params)["lanes"]
                ran.add((call.kernel, lanes))
                number += 1
    assert len(ran) == 4, "each decoder, with and without lanes"
    kernels = [f"kernels/td_decode_{code}_s8.c" for code in ("huffman", "codebook")]
    run_parts(tmp_path, number, kernels)


def test_dense_layers_answer_as_the_plain_kernel_and_bear_any_stream(tmp_path: Path) -> None:
    toolchain.need("gcc")
    rng = np.random.default_rng(2)
    ran, number = set(), 0
    for case in program.load("fully_connected"):
        filter_ = case.graph.input(case.graph.nodes[0], 1)
        if filter_.dtype != "int8" or filter_.data is None:
            continue
        for values in (2, 5, 16, 32, 127):
            book = rng.permutation(np.arange(-127, 128))[:values]
            few = rng.choice(book, filter_.data.shape) * (rng.random(filter_.data.shape) < 0.5)
            for code in (coding.HUFFMAN, coding.CODEBOOK):
                graph = with_filter(case.graph, few.astype(np.int8), code)
                call = lowering(graph, graph.nodes[0]).lower(graph, graph.nodes[0], Aim())
                run_dense(tmp_path, number, call, fully_connected.reference(graph, graph.nodes[0]))
                ran.add((call.kernel, dict(call.params).get("bits")))
                number += 1
    indexed = {("td_fully_connected_codebook_s8", bits) for bits in (1, 2, 3, 4, 5)}
    assert ran > {("td_fully_connected_huffman_s8", None), *indexed}
    names = ("huffman_s8", "codebook_s8", "s8")
    run_parts(tmp_path, number, [f"kernels/td_fully_connected_{name}.c" for name in names])


def with_filter(graph: Graph, values: np.ndarray, code: str) -> Graph:
    """The graph of one Dense layer with these weights in this code."""
    filter_ = graph.input(graph.nodes[0], 1)
    tensors = list(graph.tensors)
    tensors[filter_.index] = replace(filter_, data=values, coding=code)
    return replace(graph, tensors=tuple(tensors))


def run_parts(folder: Path, count: int, kernels: list[str]) -> None:
    """Compile and run what was written, under sanitizers; fails where a part does."""
    source, elf = folder / "main.c", folder / "decode"
    bodies = [path.read_text() for path in sorted(folder.glob("part*.c"))]
    source.write_text("\n".join(bodies) + main_of(count))
    files = [str(source), *(str(toolchain.FIRMWARE / kernel) for kernel in kernels)]
    tools.call([*toolchain.SANITIZED, *files, "-o", str(elf)], timeout_s=120)
    done = subprocess.run([elf], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def room_of(call: Call) -> tuple[str, str, str]:
    """How C gets the call's scratch memory, gives it back, and passes it on."""
    if not call.scratch_bytes:
        return "", "", ""
    made = f"  int8_t *scratch = malloc({call.scratch_bytes});\n"
    return made, "  free(scratch);\n", ", scratch"


def run_dense(folder: Path, number: int, call: Call, plain: Call) -> None:
    """Write the function that runs a Dense layer and its plain kernel on the same input, then 100
    streams of noise."""
    numbered, other = replace(call, node=2 * number), replace(plain, node=2 * number + 1)
    layer, known = f"layer{2 * number}", dict(call.params)
    inputs, outputs = (
        int(known["batches"]) * int(known[f"{side}_size"]) for side in ("input", "output")
    )
    scratch, freed, last = room_of(call)
    (folder / f"part{number:03}.c").write_text(
        f"""{emit.includes([numbered, other])}
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
{emit.constants(numbered)}
{emit.constants(other)}
static int run{number}(void) {{
  uint8_t *code = malloc(sizeof {layer}_filter);
  int8_t *input = malloc({inputs});
  int8_t *output = malloc({outputs});
  int8_t wanted[{outputs}];
{scratch}  for (int i = 0; i < {inputs}; i++) {{
    input[i] = (int8_t)(rand() >> 4);
  }}
  memcpy(code, {layer}_filter, sizeof {layer}_filter);
  {call.kernel}(&{layer}_params, input, code, {layer}_bias, output{last});
  {plain.kernel}(&layer{other.node}_params, input, layer{other.node}_filter,
                 layer{other.node}_bias, wanted);
  const int wrong = memcmp(output, wanted, {outputs}) != 0;
  for (int round = 0; round < 100; round++) {{
    for (size_t i = 0; i < sizeof {layer}_filter; i++) {{
      code[i] = (uint8_t)(rand() >> 4);
    }}
    {call.kernel}(&{layer}_params, input, code, {layer}_bias, output{last});
  }}
  free(code);
  free(input);
  free(output);
{freed}  return wrong;
}}
"""
    )


def run_decoder(folder: Path, number: int, call: Call, wanted: np.ndarray) -> None:
    """Write the function that decodes one filter, then 100 streams of noise."""
    numbered = replace(call, node=number)
    (code,) = (a for a in call.args if isinstance(a, Const))
    name = f"layer{number}_{code.name}"
    values = ", ".join(map(str, wanted.tolist()))
    scratch, freed, last = room_of(call)
    head = emit.includes([numbered]) if number == 0 else f'#include "{call.kernel}.h"'
    (folder / f"part{number:03}.c").write_text(
        f"""{head}
#include <stdlib.h>
#include <string.h>
{emit.constants(numbered)}
static int run{number}(void) {{
  static const int8_t wanted[] = {{{values}}};
  uint8_t *code = malloc(sizeof {name});
  int8_t *filter = malloc({wanted.size});
{scratch}  memcpy(code, {name}, sizeof {name});
  {call.kernel}(&layer{number}_params, code, filter{last});
  const int wrong = memcmp(filter, wanted, {wanted.size}) != 0;
  for (int round = 0; round < 100; round++) {{
    for (size_t i = 0; i < sizeof {name}; i++) {{
      code[i] = (uint8_t)(rand() >> 4);
    }}
    {call.kernel}(&layer{number}_params, code, filter{last});
  }}
  free(code);
  free(filter);
{freed}  return wrong;
}}
"""
    )


def main_of(count: int) -> str:
    """Runs all; the exit code is 1 when one differs."""
    runs = " | ".join(f"run{i}()" for i in range(count))
    return f"\nint main(void) {{\n  return {runs};\n}}\n"
