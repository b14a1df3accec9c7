"""Many models as one C test program: each layer's output of each sample against the oracle's."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import toolchain

from tinydeploy.graph import Graph
from tinydeploy.oracle import open_oracle
from tinydeploy.plan import Plan

SYMBOLS = ("invoke", "reset", "input_offset", "input_bytes", "output_offset", "output_bytes")
COMMON = [toolchain.HERE / "many.c", toolchain.HERE / "check.c", toolchain.FIRMWARE / "td_crc.c"]

Sample = list[bytes]


@dataclass(frozen=True)
class Net:
    """A planned model, samples of its inputs, and the CRC-32 of every layer's outputs and of the
    model's for each of them; 0 where floats are compared that are near only, in turn with those of
    `near`."""

    plan: Plan
    samples: Sequence[Sample]
    wanted: Sequence[Sequence[int]]
    near: bytes


def expected(
    data: bytes, graph: Graph, plan: Plan, samples: Sequence[Sample], floats: Collection[int] = ()
) -> Net:
    """The net with what the oracle makes of the samples; the tensors `floats` are compared by the
    tolerance of check.h, as they may be near only (ADR 0091)."""
    oracle = open_oracle(data)
    left = [tensor for layer in plan.layers for tensor in layer.outputs]
    wanted, near = [], b""
    for sample in samples:
        inner = oracle.tensors(sample, left)
        values = [(tensor, inner[tensor]) for tensor in left]
        values += zip(graph.outputs, oracle.run(sample), strict=True)
        near += b"".join(value for tensor, value in values if tensor in floats)
        wanted.append([0 if tensor in floats else zlib.crc32(value) for tensor, value in values])
    return Net(plan, samples, wanted, near)


def drawn(graph: Graph, count: int, seed: int) -> list[Sample]:
    """Random inputs of the model."""
    rng = np.random.default_rng(seed)
    return [[values(graph, i, rng) for i in graph.inputs] for _ in range(count)]


def values(graph: Graph, tensor: int, rng: np.random.Generator) -> bytes:
    """Random elements of a tensor, of integers over their whole range."""
    dtype = np.dtype(graph.tensor(tensor).dtype)
    if dtype.kind == "f":
        return rng.normal(size=graph.tensor(tensor).size).astype(dtype).tobytes()
    limits = np.iinfo(dtype)
    return rng.integers(limits.min, limits.max + 1, graph.tensor(tensor).size, dtype).tobytes()


def write(folder: Path, nets: Mapping[str, Net]) -> tuple[list[Path], list[str]]:
    """Write the program; return its files, with the firmware's that it takes, and the kernels."""
    files = []
    for i, (name, net) in enumerate(nets.items()):
        for file, text in net.plan.files.items():
            (folder / f"net{i}").mkdir(exist_ok=True)
            (folder / f"net{i}" / file).write_text(text)
        files.append(folder / f"net{i}.c")
        files[-1].write_text(_unit(i, name, net))
    calls = "".join(f"  net{i}_run();\n" for i in range(len(nets)))
    declarations = "".join(f"void net{i}_run(void);\n" for i in range(len(nets)))
    files.append(folder / "run_cases.c")
    files[-1].write_text(
        f'#include "check.h"\n\n{declarations}\nvoid run_cases(void) {{\n{calls}}}\n'
    )
    sources = {name for net in nets.values() for name in net.plan.sources}
    return [*files, *COMMON], sorted(
        s for s in sources if s.startswith("kernels/") and s[-1] == "c"
    )


def _unit(number: int, name: str, net: Net) -> str:
    """A model and its test; the model's names are made unique."""
    defines = "".join(f"#define model_{s} net{number}_{s}\n" for s in SYMBOLS)
    given = np.frombuffer(b"".join(part for sample in net.samples for part in sample), np.int8)
    wanted = [f"0x{crc:08x}u" for sample in net.wanted for crc in sample]
    near = [f"0x{bits:08x}u" for bits in np.frombuffer(net.near, np.uint32)] or ["0u"]
    left = sum(len(layer.outputs) for layer in net.plan.layers)
    return f"""{defines}
#include "net{number}/model.c"
#include "many.h"

static model_state state;
alignas(4) static const int8_t given[] = {{{",".join(map(str, given.tolist()))}}};
static const uint32_t wanted[] = {{{",".join(wanted)}}};
static const union {{
  uint32_t bits[{len(near)}];
  float values[{len(near)}];
}} near = {{{{{",".join(near)}}}}};

static void reset(void) {{
  model_reset(&state);
}}

static void invoke(many_hook hook, void *user) {{
  model_invoke(&state, hook, user);
}}

void net{number}_run(void);
void net{number}_run(void) {{
  static const many_net net = {{
    "{name}", state.arena, {len(net.samples)}, {left}, MODEL_INPUTS, MODEL_OUTPUTS,
    model_input_offset, model_input_bytes, model_output_offset, model_output_bytes,
    given, wanted, near.values, reset, invoke,
  }};
  many_run(&net);
}}
"""
