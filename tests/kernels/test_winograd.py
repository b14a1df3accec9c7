"""td_winograd_s8 against a plain reference, over many shapes."""

from __future__ import annotations

import layers
import numpy as np
import pytest

from tinydeploy.graph import Const
from tinydeploy.packing.format import Convolution
from tinydeploy.packing.winograd import Packed, pack

pytestmark = pytest.mark.slow

SHAPES = [  # height, width, input channels, output channels, padding, linear
    (8, 8, 16, 4, "same", False),
    (8, 8, 32, 2, "same", True),
    (9, 7, 8, 6, "same", False),
    (5, 6, 24, 2, "valid", True),
    (3, 3, 8, 2, "valid", False),
    (1, 1, 8, 4, "same", True),
    (1, 5, 16, 2, "same", False),
    (6, 1, 8, 2, "same", True),
    (10, 9, 40, 2, "same", False),
    (3, 14, 8, 2, "same", True),
]


def make(shape: tuple[int, int, int, int, str, bool], seed: int) -> Convolution:
    height, width, depth, channels, padding, linear = shape
    rng = np.random.default_rng(seed)
    pad = 1 if padding == "same" else 0
    taps = rng.integers(-128, 128, (channels, 3, 3, depth)).astype(np.int8)
    taps[rng.random(taps.shape) < 0.1] = -128
    extremes = np.array([1 << 30, (1 << 31) - 1, (1 << 30) + 1, 3 << 29])
    drawn = rng.integers(1 << 30, 1 << 31, channels)
    multipliers = np.where(rng.random(channels) < 0.3, rng.choice(extremes, channels), drawn)
    return Convolution(
        input=(height, width, depth),
        output=(height + 2 * pad - 2, width + 2 * pad - 2, channels),
        filter=taps,
        bias=rng.integers(-(1 << 16), 1 << 16, channels).tolist(),
        multipliers=tuple(map(int, multipliers)),
        shifts=tuple(map(int, -rng.integers(7, 12, channels))),
        pad=(pad, pad),
        input_zero_point=int(rng.choice([-128, 127, 0, 3])),
        output_zero_point=int(rng.integers(-128, 128)) if linear else -128,
        activation=(-128, 127),
    )


def reference(layer: Convolution, image: np.ndarray) -> np.ndarray:
    """What the plain definition gives."""
    rows, columns, channels = layer.output
    height, width, depth = layer.input
    padded = np.zeros((height + 2, width + 2, depth), np.int64)
    at = (slice(layer.pad[0], layer.pad[0] + height),
          slice(layer.pad[1], layer.pad[1] + width))  # fmt: skip
    padded[at] = image.astype(np.int64) - layer.input_zero_point
    acc = np.zeros((rows, columns, channels), np.int64) + layer.bias
    for y in range(3):
        for x in range(3):
            window = padded[y : y + rows, x : x + columns]
            acc += window @ layer.filter[:, y, x].astype(np.int64).T
    out = np.empty(acc.shape, np.int8)
    for c in range(channels):
        value = layers.requantize(acc[..., c], layer.multipliers[c], layer.shifts[c])
        out[..., c] = np.clip(value + layer.output_zero_point, *layer.activation)
    return out


def run(layer: Convolution, packed: Packed, name: str, seed: int) -> layers.Run:
    rng = np.random.default_rng(seed)
    image = rng.integers(-128, 128, layer.input).astype(np.int8)
    image[rng.random(image.shape) < 0.1] = rng.choice([-128, 127])
    return layers.Run(
        name=name,
        kernel="td_winograd_s8",
        params=packed.params,
        inputs=[image],
        constants=[Const("filter", packed.filter)],
        scratch_bytes=packed.scratch_bytes,
        in_place=False,
        wanted=reference(layer, image),
        sources=packed.sources,
    )


def runs() -> list[layers.Run]:
    made = []
    for seed, shape in enumerate(SHAPES):
        layer = make(shape, seed)
        packed = pack(layer)
        assert isinstance(packed, Packed), f"{shape}: {packed}"
        made.append(run(layer, packed, "x".join(map(str, shape)), seed))
    return made


def test_shapes(tmp_path) -> None:
    made = runs()
    files = layers.write(tmp_path / "cases.c", made)
    names = [f"ok {run.name}" for run in made]
    assert layers.host(files, tmp_path).splitlines() == names
    assert layers.emulated(files, tmp_path).splitlines() == names


def test_steps_end_with_all_written() -> None:
    for seed, shape in enumerate(SHAPES):
        layer = make(shape, seed)
        packed = pack(layer)
        assert isinstance(packed, Packed)
        assert packed.steps[-1].written[1] == np.prod(layer.output)
        assert packed.steps[-1].needed[0] == np.prod(layer.input)
