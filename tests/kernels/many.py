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
    """A planned model, samples of its inputs, and the CRC-32 of every layer's output and of the
    model's for each of them; 0 where it is not compared."""

    plan: Plan
    samples: Sequence[Sample]
    wanted: Sequence[Sequence[int]]


def expected(
    data: bytes, plan: Plan, samples: Sequence[Sample], floats: Collection[int] = ()
) -> Net:
    """The net with what the oracle makes of the samples; the tensors `floats` are not compared, as
    they may be near only (ADR 0091)."""
    oracle = open_oracle(data)
    compared = [layer.output not in floats for layer in plan.layers]
    wanted = []
    for sample in samples:
        inner = oracle.tensors(sample, [layer.output for layer in plan.layers])
        crcs = [zlib.crc32(inner[layer.output]) for layer in plan.layers]
        outputs = [zlib.crc32(output) for output in oracle.run(sample)]
        wanted.append([*(crc * same for crc, same in zip(crcs, compared, strict=True)), *outputs])
    return Net(plan, samples, wanted)


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
    return f"""{defines}
#include "net{number}/model.c"
#include "many.h"

static model_state state;
alignas(4) static const int8_t given[] = {{{",".join(map(str, given.tolist()))}}};
static const uint32_t wanted[] = {{{",".join(wanted)}}};

static void reset(void) {{
  model_reset(&state);
}}

static void invoke(many_hook hook, void *user) {{
  model_invoke(&state, hook, user);
}}

void net{number}_run(void);
void net{number}_run(void) {{
  static const many_net net = {{
    "{name}", state.arena, {len(net.samples)}, MODEL_LAYERS, MODEL_INPUTS, MODEL_OUTPUTS,
    model_input_offset, model_input_bytes, model_output_offset, model_output_bytes,
    given, wanted, reset, invoke,
  }};
  many_run(&net);
}}
"""
