"""The packed convolution and dense kernels against a plain reference, over many shapes."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import layers
import packed_layers
import pytest
import toolchain
from packed_layers import Geometry, Run

pytestmark = pytest.mark.slow

KINDS = ("relu", "linear", "tensor", "clamp")
CONVOLUTIONS = [
    Geometry(5, 5, 64, 16),
    Geometry(3, 3, 8, 16),
    Geometry(1, 1, 20, 6),
    Geometry(1, 1, 12, 8),
    Geometry(3, 4, 6, 7, (3, 4), same=False),
    Geometry(1, 2, 4, 4),
    Geometry(1, 3, 12, 5),
    Geometry(7, 1, 3, 7),
    Geometry(2, 3, 1, 1),
    Geometry(4, 5, 33, 3),
    Geometry(9, 1, 130, 2),
    Geometry(6, 7, 6, 9, stride=(2, 2)),
    Geometry(8, 8, 16, 8, stride=(2, 2)),
    Geometry(8, 6, 16, 8, (3, 3)),
    Geometry(7, 9, 8, 6, (3, 3), (2, 2)),
    Geometry(9, 9, 3, 16, (3, 3)),
    Geometry(13, 10, 1, 8, (10, 4), (2, 2)),
    Geometry(6, 5, 4, 3, (3, 3), same=False),
    Geometry(9, 8, 4, 6, (3, 3), dilation=(2, 2)),
    Geometry(9, 8, 5, 6, (3, 2), dilation=(1, 3)),
    Geometry(2, 2, 4, 4, (5, 5)),
    Geometry(5, 9, 7, 5, (1, 5), (1, 3)),
    Geometry(9, 5, 4, 5, (5, 1), (3, 1)),
    Geometry(12, 4, 2, 4, (4, 4), (4, 4), same=False),
    Geometry(3, 3, 4, 4, (3, 3), dilation=(3, 3)),
    Geometry(6, 6, 32, 4, (3, 3)),
    Geometry(9, 1, 3, 4, (3, 1)),
    Geometry(3, 3, 160, 5, (3, 3)),
    Geometry(2, 3, 161, 5, (3, 3)),
    Geometry(1, 3, 1800, 4),
    Geometry(9, 2, 1, 4, (3, 3)),
    Geometry(9, 3, 2, 4, (4, 3), (3, 2)),
    Geometry(12, 7, 3, 4, (1, 1), (5, 2)),
    Geometry(3, 5, 9, 4, (5, 5)),
    Geometry(10, 12, 3, 5, (3, 3), (1, 1), (3, 3)),
    # One, two and three outputs.
    Geometry(5, 7, 9, 1),
    Geometry(5, 7, 9, 2),
    Geometry(5, 7, 8, 3),
    Geometry(2, 2, 5, 1),
    Geometry(6, 9, 5, 1, (3, 3)),
    Geometry(6, 9, 5, 2, (3, 3), (2, 1)),
    Geometry(6, 9, 6, 3, (2, 3), (1, 2), (2, 2)),
    Geometry(4, 3, 3, 1, (3, 3)),
    Geometry(7, 1, 6, 1, (3, 3)),
    Geometry(5, 9, 3, 1, (1, 3), (2, 2), (1, 2), same=False),
    Geometry(3, 8, 6, 2, (1, 4), (1, 1), same=False),
    Geometry(2, 4, 1900, 1),
    Geometry(3, 4, 700, 2, (3, 3)),
    Geometry(4, 6, 5, 1, (3, 3), batches=3),
    Geometry(3, 3, 6, 3, batches=2),
    # Taps that are never inside, and images one pixel wide.
    Geometry(1, 1, 6, 5, (3, 3)),
    Geometry(2, 3, 4, 6, (5, 3), (1, 1), (3, 1)),
    Geometry(11, 1, 4, 6, (5, 3), (2, 1)),
    # Groups and batches.
    Geometry(6, 7, 8, 8, (3, 3), groups=2),
    Geometry(6, 5, 18, 6, (3, 3), (2, 2), groups=2),
    Geometry(5, 3, 10, 15, (3, 2), (1, 1), (2, 2), groups=5),
    Geometry(5, 2, 12, 12, groups=4),
    Geometry(4, 5, 6, 6, (3, 3), groups=6),
    Geometry(5, 1, 24, 3, (3, 1), groups=3),
    Geometry(2, 5, 1400, 4, (2, 2), groups=2),
    Geometry(5, 6, 6, 9, (3, 3), groups=3, batches=2),
    Geometry(5, 6, 8, 5, (3, 3), batches=3),
    Geometry(5, 6, 3, 6, (3, 3), batches=2),
    Geometry(3, 3, 4, 4, (3, 3), same=False, batches=2),
    Geometry(2, 3, 6, 5, batches=3),
]
DENSE = [
    (1, 64, 12),
    (1, 128, 8),
    (1, 8, 128),
    (1, 1, 1),
    (1, 7, 3),
    (1, 37, 5),
    (3, 30, 10),
    (1, 640, 16),
    (2, 4, 4),
    (2, 1900, 7),
    (1, 2500, 8),
]


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
