"""td_add_linear_s8 on every pair of inputs, where the reference's roundings could tell."""

from __future__ import annotations

import layers
import numpy as np
import pytest

from tinydeploy.fixedpoint import quantize_multiplier
from tinydeploy.packing.add import Sum, linear

pytestmark = pytest.mark.slow

SCALES = [  # input, input, output, sign
    (0.0393936, 0.1041950, 0.0509457, 1),
    (0.0131415, 0.0300271, 0.0398132, 1),
    (0.0301131, 0.0301131, 0.0301131, 1),
    (0.0447614, 0.1131188, 0.0532362, 1),
    (0.0205523, 0.0451237, 0.0502219, -1),
    (0.0301323, 0.0005151, 0.0403713, -1),
]


def make(scales: tuple[float, float, float, int], seed: int) -> Sum:
    first, second, output, sign = scales
    rng = np.random.default_rng(seed)
    twice = 2 * max(first, second)
    real = (first / twice, second / twice, twice / ((1 << 20) * output))
    (m1, s1), (m2, s2), (multiplier, shift) = (quantize_multiplier(value) for value in real)
    zeros = rng.integers(-128, 128, 3).tolist()
    return Sum((-zeros[0], -zeros[1]), (m1, m2), (s1, s2), sign, multiplier, shift, zeros[2])


def reference(layer: Sum, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    parts = [
        layers.requantize((values.astype(np.int64) + offset) << 20, multiplier, shift)
        for values, offset, multiplier, shift in zip(
            (a, b), layer.offsets, layer.multipliers, layer.shifts, strict=True
        )
    ]
    total = parts[0] + layer.sign * parts[1]
    value = layers.requantize(total, layer.output_multiplier, layer.output_shift)
    return value + layer.output_offset


def runs() -> list[layers.Run]:
    every = np.arange(-128, 128).astype(np.int8)
    a, b = np.repeat(every, 256)[:-3], np.tile(every, 256)[:-3]  # a count that is no multiple of 4
    made = []
    for seed, scales in enumerate(SCALES):
        layer = make(scales, seed)
        form = linear(layer)
        assert form is not None, scales
        low, high = (-128, 127) if seed % 2 == 0 else (-20, 99)
        params = {
            "count": a.size,
            "multiplier1": form.multipliers[0],
            "multiplier2": form.multipliers[1],
            "offset": form.offset,
            "activation_min": low,
            "activation_max": high,
        }
        wanted = np.clip(reference(layer, a, b), low, high).astype(np.int8)
        made.append(
            layers.Run(
                name=f"scales_{seed}",
                kernel="td_add_linear_s8",
                params=tuple(params.items()),
                inputs=[a, b],
                constants=[],
                scratch_bytes=0,
                in_place=True,
                wanted=wanted,
                sources=("kernels/td_add_linear_s8.c",),
            )
        )
    return made


def test_every_pair(tmp_path) -> None:
    made = runs()
    files = layers.write(tmp_path / "cases.c", made)
    names = [f"ok {run.name}" for run in made]
    assert layers.host(files, tmp_path).splitlines() == names
    assert layers.emulated(files, tmp_path).splitlines() == names


def test_refuses_what_leaves_32_bits() -> None:
    assert linear(make((0.5, 0.5, 0.001, 1), 0)) is None


def test_refuses_ties_away_from_zero() -> None:
    """5/6 a + 1/2 b has sums halfway between integers on both sides of zero."""
    assert linear(make((0.05, 0.03, 0.06, 1), 0)) is None
