"""Random small models through the aot engine, under sanitizers: bit-exact layer by layer, or
refused with the operator named. TINYDEPLOY_NETS=500 runs more of them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
import toolchain

pytest.importorskip("tflite_micro")
import nets

from tinydeploy import tflite, tools
from tinydeploy.board import load_board
from tinydeploy.engines import aot
from tinydeploy.errors import UnsupportedOp
from tinydeploy.ops import OPS
from tinydeploy.oracle import open_oracle
from tinydeploy.plan import Plan
from tinydeploy.quantize import QuantizedModel

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("TINYDEPLOY_NETS", "60"))
SAMPLES = 3


def planned(data: bytes, name: str, board: str = "host") -> tuple[QuantizedModel, Plan] | str:
    """The model and its plan, or why there is none."""
    graph = tflite.read(data, name)
    model = QuantizedModel(name, data, tools.sha256(data), "int8", graph, "", {})
    try:
        return model, aot.plan(model, load_board(board), "balanced")
    except UnsupportedOp as error:
        return str(error)


def compiled(plan: Plan, kernels: Path, folder: Path) -> Path:
    """The program of net_main.c with the model."""
    for name, text in plan.files.items():
        (folder / name).write_text(text)
    main = str(Path(__file__).parent / "net_main.c")
    elf = folder / "net"
    source = [f"-I{folder}", str(folder / "model.c"), main, str(kernels), "-lm"]
    tools.call([*toolchain.SANITIZED, *source, "-o", str(elf)], timeout_s=120)
    return elf


def said_by(elf: Path, inputs: bytes, *arguments: str) -> bytes:
    """What the program writes for the inputs of some samples."""
    command = [elf, *arguments]
    done = subprocess.run(command, input=inputs, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("seed", range(COUNT))
def test_random_net(kernels: Path, tmp_path: Path, seed: int) -> None:
    data = nets.random_net(seed)
    found = planned(data, f"net{seed}")
    if isinstance(found, str):
        reasons = found.splitlines()[1:-1] or found.splitlines()[1:]
        assert reasons and all(re.match(r"\s+[A-Z_0-9]+ in layer \d+", line) for line in reasons)
        pytest.skip(reasons[0].strip())
    model, plan = found
    graph, oracle = model.graph, open_oracle(data)
    rng = np.random.default_rng(seed)
    samples = [
        [
            rng.integers(-128, 128, graph.tensor(i).size).astype(np.int8).tobytes()
            for i in graph.inputs
        ]
        for _ in range(SAMPLES)
    ]
    inputs = b"".join(part for sample in samples for part in sample)
    said = said_by(compiled(plan, kernels, tmp_path), inputs)
    at = 0
    for number, sample in enumerate(samples):
        left = [(layer, tensor) for layer in plan.layers for tensor in layer.outputs]
        inner = oracle.tensors(sample, [tensor for _, tensor in left])
        wanted = [(layer.name, layer.op, inner[tensor]) for layer, tensor in left]
        wanted += [("output", "", data) for data in oracle.run(sample)]
        for name, op, expected in wanted:
            got = said[at : at + len(expected)]
            assert got == expected, f"sample {number}: {op} {name}"
            at += len(expected)
    assert at == len(said)


def test_the_nets_have_sixty_operators() -> None:
    seen = {
        node.op for seed in range(COUNT) for node in tflite.read(nets.random_net(seed), "net").nodes
    }
    assert len(seen & set(OPS)) >= 60
