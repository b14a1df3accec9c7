"""The kernels with M-profile vector instructions against a plain reference: their portable bodies
here, with sanitizers, and the vector bodies on the emulated Cortex-M55."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import layers
import numpy as np
import packed_layers
import pytest
import test_depthwise_packed as depthwise
import toolchain
from packed_layers import CONVOLUTIONS, DENSE, KINDS, Geometry, Run

from tinydeploy.packing import mve, mve_depthwise
from tinydeploy.packing.depthwise import Packed
from tinydeploy.packing.format import Convolution, Dense

pytestmark = pytest.mark.slow

BOARD = "mps3-an547"
CHANNELS = [Geometry(2, 3, depth, 1 + depth % 13, (1 + depth % 3, 2)) for depth in range(1, 41)]


def runs() -> Iterator[Run]:
    kinds = cycle(KINDS)
    for seed, shape in enumerate((*CONVOLUTIONS, *CHANNELS, *CONVOLUTIONS)):
        kind = next(kinds)
        layer = packed_layers.convolution(shape, kind, seed)
        packed = mve.pack_convolution(layer)
        assert isinstance(packed, mve.Packed) == (shape.groups == 1), packed
        if isinstance(packed, mve.Packed):
            yield _run(f"{seed}_{shape.name}_{kind}", layer, packed, seed)
    for seed, (batches, inputs, outputs) in enumerate((*DENSE, *DENSE)):
        kind = next(kinds)
        dense = packed_layers.dense(batches, inputs, outputs, kind, seed)
        packed = mve.pack_dense(dense)
        assert isinstance(packed, mve.Packed), packed
        yield _run(f"dense{seed}_{batches}x{inputs}-{outputs}_{kind}", dense, packed, seed)


def _run(name: str, layer: Convolution | Dense, packed: mve.Packed, seed: int) -> Run:
    values = packed_layers.image(layer, seed)
    return Run(name, packed, values, packed_layers.reference(layer, values))


def depthwise_runs() -> Iterator[layers.Run]:
    made = [depthwise.make(shape, seed) for seed, shape in enumerate(depthwise.SHAPES)]
    made += [depthwise.make((5, 7, channels, 2, "same", 0), channels) for channels in range(1, 41)]
    general = [*depthwise.SPREAD, *depthwise.WINDOW] * 3
    made += [depthwise.make_spread(shape, seed) for seed, shape in enumerate(general)]
    for seed, layer in enumerate(made):
        packed = mve_depthwise.pack_planes(layer, (2048, 0)[seed % 2])
        assert isinstance(packed, Packed), packed
        yield depthwise.run(layer, packed, f"depthwise{seed}", seed)
        layer = replace(layer, filter=np.maximum(layer.filter, -127))
        packed = mve_depthwise.pack_channels(layer)
        if isinstance(packed, Packed):
            yield depthwise.run(layer, packed, f"depthwise{seed}_channels", seed)


RUNS = list(runs())
DEPTHWISE = list(depthwise_runs())
NAMES = sorted(f"ok {run.name}" for run in (*RUNS, *DEPTHWISE))


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> list[list[Path]]:
    folder = tmp_path_factory.mktemp("mve")
    return [
        packed_layers.write(folder / "cases.c", RUNS),
        layers.write(folder / "depthwise.c", DEPTHWISE),
    ]


def test_host(programs: list[list[Path]], tmp_path: Path) -> None:
    said = "".join(layers.host(files, tmp_path) for files in programs)
    assert sorted(said.splitlines()) == NAMES


def test_emulated(programs: list[list[Path]], tmp_path: Path) -> None:
    said = "".join(toolchain.emulated(files, tmp_path, BOARD) for files in programs)
    assert sorted(said.splitlines()) == NAMES
