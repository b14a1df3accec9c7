"""The packed convolution and dense kernels against a plain reference, over many shapes."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import layers
import packed_layers
import pytest
import toolchain
from packed_layers import CONVOLUTIONS, DENSE, KINDS, Run

from tinydeploy.packing import scalar

pytestmark = pytest.mark.slow


def runs() -> list[Run]:
    made = []
    kinds = cycle(KINDS)
    for seed, shape in enumerate(CONVOLUTIONS * 2):
        kind = next(kinds) if seed != len(CONVOLUTIONS) else (next(kinds), next(kinds))[1]
        made.append(
            _run(f"{shape.name}_{kind}", packed_layers.convolution(shape, kind, seed), seed)
        )
    for seed, ((batches, inputs, outputs), kind) in enumerate(zip(DENSE, cycle(KINDS))):
        layer = packed_layers.dense(batches, inputs, outputs, kind, seed)
        name = f"dense_{batches}x{inputs}-{outputs}_{kind}"
        made.append(_run(name, layer, seed))
        made.append(_run(f"{name}_direct", layer, seed, direct=True))
        values = packed_layers.image(layer, seed)
        wanted = packed_layers.reference(layer, values)
        made.append(Run(f"{name}_scalar", scalar.pack_dense(layer), values, wanted))
    return made


def _run(
    name: str,
    layer: packed_layers.Convolution | packed_layers.Dense,
    seed: int,
    direct: bool = False,
) -> Run:
    values = packed_layers.image(layer, seed)
    return Run(
        name, packed_layers.packed(layer, direct), values, packed_layers.reference(layer, values)
    )


RUNS = runs()
NAMES = [run.name for run in RUNS]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> list[list[Path]]:
    """Two, as a board has no room for all."""
    folder = tmp_path_factory.mktemp("packed")
    return [packed_layers.write(folder / f"cases{i}.c", RUNS[i::2]) for i in range(2)]


@pytest.fixture(scope="module")
def on_host(programs: list[list[Path]], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("host")
    return "".join(layers.host(files, folder) for files in programs).splitlines()


@pytest.fixture(scope="module")
def on_board(programs: list[list[Path]], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("board")
    return "".join(layers.emulated(files, folder) for files in programs).splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_host(on_host: list[str], name: str) -> None:
    assert f"ok {name}" in on_host, [line for line in on_host if name in line]


@pytest.mark.parametrize("name", NAMES)
def test_emulated(on_board: list[str], name: str) -> None:
    assert f"ok {name}" in on_board, [line for line in on_board if name in line]


@pytest.mark.parametrize("board", ["mps2-an385", "mps3-an547", "riscv32-virt"])
def test_other_cpus(programs: list[list[Path]], board: str, tmp_path: Path) -> None:
    said = "".join(toolchain.emulated(files, tmp_path, board) for files in programs)
    assert sorted(said.splitlines()) == sorted(f"ok {name}" for name in NAMES)
