"""The kernels with M-profile vector instructions against a plain reference: their portable bodies
here, with sanitizers, and the vector bodies on the emulated Cortex-M55."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import layers
import packed_layers
import pytest
import toolchain
from packed_layers import CONVOLUTIONS, KINDS, Geometry, Run

from tinydeploy.packing import mve
from tinydeploy.packing.format import Convolution, Dense

pytestmark = pytest.mark.slow

BOARD = "mps3-an547"
CHANNELS = [Geometry(2, 3, depth, 4 + depth % 13, (1 + depth % 3, 2)) for depth in range(1, 41)]


def runs() -> Iterator[Run]:
    kinds = cycle(KINDS)
    for seed, shape in enumerate((*CONVOLUTIONS, *CHANNELS, *CONVOLUTIONS)):
        kind = next(kinds)
        layer = packed_layers.convolution(shape, kind, seed)
        packed = mve.pack_convolution(layer)
        if shape.groups == 1 and shape.outputs >= mve.QUAD:
            assert isinstance(packed, mve.Packed), packed
            yield _run(f"{seed}_{shape.name}_{kind}", layer, packed, seed)
        else:
            assert isinstance(packed, str)


def _run(name: str, layer: Convolution | Dense, packed: mve.Packed, seed: int) -> Run:
    values = packed_layers.image(layer, seed)
    return Run(name, packed, values, packed_layers.reference(layer, values))


RUNS = list(runs())
NAMES = sorted(f"ok {run.name}" for run in RUNS)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return packed_layers.write(tmp_path_factory.mktemp("mve") / "cases.c", RUNS)


def test_host(program: list[Path], tmp_path: Path) -> None:
    assert sorted(layers.host(program, tmp_path).splitlines()) == NAMES


def test_emulated(program: list[Path], tmp_path: Path) -> None:
    assert sorted(toolchain.emulated(program, tmp_path, BOARD).splitlines()) == NAMES
