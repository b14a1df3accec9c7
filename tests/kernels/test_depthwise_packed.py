"""The depthwise kernels on planes against a plain reference, over many shapes."""

from __future__ import annotations

from dataclasses import replace

import layers
import numpy as np
import pytest

from tinydeploy.fixedpoint import quantize_multipliers
from tinydeploy.packing.depthwise import Depthwise, Packed, pack_3x3, pack_window, trimmed
from tinydeploy.packing.depthwise_nhwc import pack_nhwc

pytestmark = pytest.mark.slow

SHAPES = [  # height, width, channels, stride, padding: same or valid, scratch limit
    (25, 5, 8, 1, "same", 4096),
    (25, 5, 8, 1, "same", 300),
    (12, 12, 16, 1, "same", 2048),
    (13, 11, 9, 1, "same", 700),
    (6, 6, 10, 1, "same", 2048),
    (3, 3, 11, 1, "same", 2048),
    (5, 4, 4, 1, "valid", 0),
    (3, 3, 4, 1, "valid", 0),
    (1, 1, 5, 1, "same", 0),
    (2, 9, 6, 1, "same", 0),
    (9, 1, 7, 1, "same", 0),
    (4, 6, 3, 1, "same", 0),
    (7, 5, 2, 1, "same", 0),
    (8, 8, 1, 1, "same", 0),
    (24, 22, 8, 2, "same", 1500),
    (25, 21, 5, 2, "same", 0),
    (12, 12, 8, 2, "same", 4096),
    (6, 6, 13, 2, "same", 4096),
    (7, 9, 4, 2, "valid", 0),
    (3, 3, 6, 2, "same", 0),
    (1, 1, 4, 2, "same", 0),
    (2, 2, 3, 2, "same", 0),
    (10, 7, 2, 2, "same", 0),
]


def make(shape: tuple[int, int, int, int, str, int], seed: int) -> Depthwise:
    height, width, channels, stride, padding, _ = shape
    rng = np.random.default_rng(seed)
    if padding == "same":
        rows, columns = -(-height // stride), -(-width // stride)
        pad_top = max((rows - 1) * stride + 3 - height, 0) // 2
        pad_left = max((columns - 1) * stride + 3 - width, 0) // 2
    else:
        rows, columns, pad_top, pad_left = (
            (height - 3) // stride + 1,
            (width - 3) // stride + 1,
            0,
            0,
        )
    taps = rng.integers(-128, 128, (3, 3, channels)).astype(np.int8)
    taps[rng.random(taps.shape) < 0.1] = -128
    extremes = np.array([1 << 30, (1 << 31) - 1, (1 << 30) + 1, 3 << 29])
    drawn = rng.integers(1 << 30, 1 << 31, channels)
    multipliers = np.where(rng.random(channels) < 0.3, rng.choice(extremes, channels), drawn)
    shifts = -rng.integers(5, 12 if seed % 3 == 0 else 9, channels)
    ratio = float(rng.uniform(0.5, 1))
    scales = np.exp2(rng.uniform(-9.9, -7, channels)).astype(np.float32).astype(float)
    if seed % 2:
        drawn, exponents = quantize_multipliers((scales * ratio).tolist())
        multipliers, shifts = np.array(drawn), np.array(exponents)
    multipliers[rng.random(channels) < 0.05] = 0
    limit = 1 << (20 if seed % 4 == 0 else 14)
    return Depthwise(
        input_shape=(height, width, channels),
        output_shape=(rows, columns, channels),
        filter=taps,
        bias=rng.integers(-limit, limit, channels).astype(np.int32),
        multipliers=tuple(map(int, multipliers)),
        shifts=tuple(map(int, shifts)),
        strides=(stride, stride),
        dilations=(1, 1),
        pad_top=pad_top,
        pad_left=pad_left,
        input_zero=int(rng.choice([-128, 127, 0, 3])),
        output_zero=-128,
        activation_min=-128,
        activation_max=127,
        scales=tuple(scales.tolist()) if seed % 2 else (),
        ratio=ratio,
    )


SPREAD = [  # height, width, channels, multiplier, filter, strides, dilations, padding, limit
    (9, 10, 8, 1, (3, 3), (1, 1), (1, 1), "same", 0),
    (9, 11, 8, 1, (3, 3), (2, 2), (1, 1), "same", 0),
    (16, 15, 6, 1, (3, 3), (1, 1), (2, 2), "same", 500),
    (11, 12, 3, 1, (3, 3), (1, 1), (2, 3), "same", 3000),
    (9, 9, 5, 1, (3, 3), (1, 1), (2, 2), "valid", 0),
    (3, 4, 4, 2, (3, 3), (1, 1), (3, 3), "same", 0),
    (9, 9, 2, 4, (3, 3), (2, 2), (1, 1), "same", 0),
    (8, 8, 5, 2, (3, 3), (1, 1), (1, 1), "same", 600),
    (8, 7, 1, 16, (3, 3), (1, 1), (1, 1), "same", 2000),
    (1, 1, 1, 8, (3, 3), (1, 1), (1, 1), "same", 0),
    (5, 1, 1, 1, (3, 3), (1, 1), (1, 1), "same", 0),
    (8, 9, 8, 1, (1, 3), (1, 1), (1, 1), "same", 0),
    (8, 9, 8, 1, (3, 1), (1, 1), (1, 1), "same", 400),
    (8, 9, 8, 1, (2, 2), (2, 2), (1, 1), "valid", 0),
    (9, 9, 3, 1, (1, 1), (2, 2), (1, 1), "same", 0),
    (12, 12, 3, 1, (3, 3), (1, 1), (1, 1), "same", 600),
    (10, 1, 8, 1, (3, 1), (1, 1), (4, 1), "valid", 0),
]


WINDOW = [  # as SPREAD
    (12, 5, 5, 1, (5, 5), (1, 1), (1, 1), "same", 2000),
    (13, 12, 8, 1, (5, 5), (1, 1), (1, 1), "same", 900),
    (20, 7, 3, 1, (10, 4), (2, 2), (1, 1), "same", 0),
    (9, 8, 1, 8, (4, 6), (2, 1), (1, 1), "same", 1200),
    (11, 12, 6, 1, (5, 5), (1, 1), (2, 3), "same", 3000),
    (9, 9, 2, 4, (3, 3), (1, 2), (1, 1), "same", 0),
    (11, 7, 4, 1, (3, 3), (3, 3), (1, 1), "same", 0),
    (30, 1, 8, 1, (7, 1), (1, 1), (1, 1), "same", 0),
    (1, 31, 4, 1, (1, 8), (3, 3), (1, 1), "same", 0),
    (9, 10, 8, 1, (1, 3), (1, 1), (1, 1), "same", 700),
    (9, 10, 8, 1, (3, 1), (1, 1), (1, 1), "same", 700),
    (10, 9, 5, 1, (1, 15), (1, 1), (1, 1), "same", 0),
    (9, 11, 8, 1, (3, 1), (2, 2), (1, 1), "same", 0),
    (40, 1, 4, 1, (3, 1), (1, 1), (4, 1), "valid", 0),
    (1, 40, 4, 1, (1, 5), (1, 1), (1, 4), "same", 0),
    (1, 42, 4, 2, (1, 5), (1, 1), (1, 4), "same", 0),
    (10, 10, 4, 1, (1, 1), (3, 4), (1, 1), "valid", 0),
    (6, 7, 12, 1, (7, 7), (1, 1), (1, 1), "same", 0),
    (7, 7, 5, 1, (7, 7), (1, 1), (1, 1), "valid", 0),
    (4, 40, 4, 1, (1, 31), (1, 1), (1, 1), "same", 0),
    (60, 1, 4, 1, (17, 1), (2, 2), (1, 1), "same", 0),
    (1, 1, 1, 8, (5, 3), (1, 1), (1, 1), "same", 0),
    (9, 5, 4, 1, (9, 5), (2, 2), (1, 1), "same", 0),
    (12, 13, 5, 2, (3, 3), (2, 1), (2, 3), "same", 900),
    (14, 12, 2, 1, (4, 5), (3, 2), (2, 2), "same", 0),
    (1, 24, 4, 1, (1, 3), (1, 2), (1, 2), "same", 0),
    (3, 16, 2, 1, (3, 1), (3, 3), (1, 1), "same", 0),
    (3, 16, 1, 1, (5, 1), (1, 1), (1, 1), "same", 0),
    (9, 8, 5, 1, (2, 2), (1, 1), (1, 1), "same", 500),
    (8, 9, 4, 1, (2, 2), (1, 1), (1, 1), "valid", 2000),
    (1, 1, 8, 1, (2, 2), (1, 1), (1, 1), "same", 0),
    (2, 5, 3, 1, (2, 2), (1, 1), (1, 1), "same", 0),
    (11, 9, 4, 2, (2, 2), (1, 1), (2, 3), "same", 3000),
    (3, 7, 4, 1, (1, 3), (1, 1), (1, 1), "same", 3000),
    (5, 6, 8, 1, (1, 2), (1, 1), (1, 1), "same", 3000),
    (3, 9, 2, 1, (2, 1), (1, 1), (1, 1), "same", 3000),
    (1, 21, 4, 3, (1, 3), (1, 1), (1, 1), "same", 0),
    (9, 13, 4, 1, (1, 3), (1, 1), (2, 3), "valid", 0),
    (2, 3, 4, 1, (1, 3), (1, 1), (1, 1), "same", 0),
    (4, 2, 4, 1, (1, 3), (1, 1), (1, 1), "same", 0),
]


NHWC = [  # as SPREAD
    (7, 8, 8, 1, (3, 3), (3, 3), (1, 1), "same", 0),
    (16, 15, 7, 1, (3, 3), (2, 2), (1, 1), "same", 0),
    (5, 6, 5, 1, (5, 8), (1, 1), (1, 1), "same", 0),
    (9, 9, 9, 1, (3, 3), (1, 1), (2, 3), "same", 0),
    (7, 7, 4, 1, (7, 7), (1, 1), (1, 1), "valid", 0),
    (10, 11, 6, 1, (1, 1), (4, 5), (1, 1), "valid", 0),
    (6, 3, 4, 1, (4, 2), (2, 1), (1, 1), "same", 0),
]


def make_nhwc(shape: tuple, seed: int) -> Depthwise:
    """With shifts to the left too; every third activation is ReLU, others clamp."""
    layer = make_spread(shape, seed)
    rng = np.random.default_rng(seed + 2000)
    least = -4 if layer.filter[..., 0].size < 10 else -7
    shifts = rng.integers(-11, least + 1, layer.filter.shape[2])
    taps, bias = layer.filter.copy(), layer.bias.copy()
    few = rng.random(shifts.size) < 0.4  # of small sums, for which shifts may be anything
    taps[..., few] //= 64
    bias[few] %= 64
    shifts[few] = rng.integers(-2, 3, int(few.sum()))
    return replace(layer, filter=taps, bias=bias, shifts=tuple(shifts.tolist()))


def make_spread(shape: tuple, seed: int) -> Depthwise:
    """With shifts that both packers take; every third activation is ReLU, others clamp."""
    layer = make_general(shape, seed)
    rng = np.random.default_rng(seed + 1000)
    bounds = {} if seed % 3 else {"output_zero": -128, "activation_min": -128}
    return replace(
        layer,
        shifts=tuple((-rng.integers(5, 9, layer.filter.shape[2])).tolist()),
        **bounds,
        **({} if seed % 3 else {"activation_max": 127}),
    )


def make_general(shape: tuple, seed: int) -> Depthwise:
    height, width, depth, multiplier, kernel, strides, dilations, padding, _ = shape
    rng = np.random.default_rng(seed)
    channels = depth * multiplier
    sizes, pads = [], []
    for size, taps, stride, dilation in zip(
        (height, width), kernel, strides, dilations, strict=True
    ):
        reach = (taps - 1) * dilation + 1
        count = -(-size // stride) if padding == "same" else (size - reach) // stride + 1
        sizes.append(count)
        pads.append(max((count - 1) * stride + reach - size, 0) // 2)
    layer = make((height, width, channels, 1, "same", 0), seed)
    low, high = sorted(rng.integers(-128, 128, 2).tolist())
    return replace(
        layer,
        input_shape=(height, width, depth),
        output_shape=(*sizes, channels),
        filter=rng.integers(-128, 128, (*kernel, channels)).astype(np.int8),
        shifts=tuple(rng.integers(-12, 1 if seed % 2 else 4, channels).tolist()),
        strides=strides,
        dilations=dilations,
        pad_top=pads[0],
        pad_left=pads[1],
        output_zero=int(rng.integers(-128, 128)),
        activation_min=low if seed % 3 == 0 else -128,
        activation_max=high if seed % 3 == 1 else 127,
    )


def reference(layer: Depthwise, image: np.ndarray) -> np.ndarray:
    """What the plain definition gives."""
    rows, columns, channels = layer.output_shape
    repeats = channels // layer.input_shape[2]
    kernel_rows, kernel_columns = layer.filter.shape[:2]
    (down, right), (dilation_y, dilation_x) = layer.strides, layer.dilations
    tall = (rows - 1) * down + (kernel_rows - 1) * dilation_y + 1
    wide = (columns - 1) * right + (kernel_columns - 1) * dilation_x + 1
    padded = np.zeros((tall + image.shape[0], wide + image.shape[1], channels), np.int64)
    at = (slice(layer.pad_top, layer.pad_top + image.shape[0]),
          slice(layer.pad_left, layer.pad_left + image.shape[1]))  # fmt: skip
    padded[at] = np.repeat(image.astype(np.int64) - layer.input_zero, repeats, axis=2)
    acc = np.zeros((rows, columns, channels), np.int64) + layer.bias
    for y in range(kernel_rows):
        for x in range(kernel_columns):
            top, left = y * dilation_y, x * dilation_x
            window = padded[top : top + rows * down : down, left : left + columns * right : right]
            acc += window[:rows, :columns] * layer.filter[y, x].astype(np.int64)
    out = np.empty(acc.shape, np.int8)
    for c in range(channels):
        value = layers.requantize(acc[..., c], layer.multipliers[c], layer.shifts[c])
        value = value + layer.output_zero
        out[..., c] = np.clip(value, layer.activation_min, layer.activation_max)
    return out


def run(layer: Depthwise, packed: Packed, name: str, seed: int) -> layers.Run:
    rng = np.random.default_rng(seed)
    image = rng.integers(-128, 128, layer.input_shape).astype(np.int8)
    image[rng.random(image.shape) < 0.1] = rng.choice([-128, 127])
    return layers.Run(
        name=name,
        kernel=packed.kernel,
        params=packed.params,
        inputs=[image],
        constants=packed.constants,
        scratch_bytes=packed.scratch_bytes,
        in_place=bool(packed.steps),
        wanted=reference(layer, image),
        sources=packed.sources,
    )


def runs() -> list[layers.Run]:
    made = []
    for seed, shape in enumerate(SHAPES):
        layer = make(shape, seed)
        packed = pack_3x3(layer, shape[-1])
        assert isinstance(packed, Packed), f"{shape}: {packed}"
        made.append(run(layer, packed, "x".join(map(str, shape)), seed))
    for seed, spread in enumerate(SPREAD * 3):
        layer = make_spread(spread, seed)
        packed = pack_3x3(layer, spread[-1])
        assert isinstance(packed, Packed), f"{spread}: {packed}"
        name = f"spread{seed}_" + "_".join(str(value).replace(" ", "") for value in spread)
        made.append(run(layer, packed, name, seed))
    for seed, window in enumerate(WINDOW * 3):
        layer = make_spread(window, seed)
        packed = pack_window(layer, window[-1])
        assert isinstance(packed, Packed), f"{window}: {packed}"
        name = f"window{seed}_" + "_".join(str(value).replace(" ", "") for value in window)
        made.append(run(layer, packed, name, seed))
    for seed, nhwc in enumerate(NHWC * 3):
        layer = make_nhwc(nhwc, seed)
        packed = pack_nhwc(layer)
        assert isinstance(packed, Packed), f"{nhwc}: {packed}"
        name = f"nhwc{seed}_" + "_".join(str(value).replace(" ", "") for value in nhwc)
        made.append(run(layer, packed, name, seed))
    return made


RUNS = runs()


def test_records_of_scales_are_short() -> None:
    lengths = {}
    for seed in (0, 1):
        packed = pack_3x3(make((8, 8, 16, 1, "same", 0), seed), 2048)
        assert isinstance(packed, Packed)
        lengths[seed] = packed.constants[0].data.size
    assert lengths == {0: 16 * 18, 1: 16 * 14}


@pytest.mark.parametrize("seed", range(30))
def test_trimmed_layers_make_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 6, 2).tolist()
    kernel, strides = tuple(rng.integers(1, 8, 2)), tuple(rng.integers(1, 4, 2))
    dilations = tuple(rng.integers(1, 4, 2))
    layer = make_general((height, width, 4, 1, kernel, strides, dilations, "same", 0), seed)
    less = trimmed(layer)
    image = rng.integers(-128, 128, layer.input_shape).astype(np.int8)
    assert np.array_equal(reference(layer, image), reference(less, image))
    assert less.filter.shape[0] <= layer.filter.shape[0]
    if height == 1 and layer.pad_top % layer.dilations[0] == 0 and layer.output_shape[0] == 1:
        assert less.filter.shape[0] == 1


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory):
    return layers.write(tmp_path_factory.mktemp("depthwise") / "cases.c", RUNS)


@pytest.fixture(scope="module")
def on_host(files, tmp_path_factory: pytest.TempPathFactory):
    return layers.host(files, tmp_path_factory.mktemp("host")).splitlines()


@pytest.fixture(scope="module")
def on_board(files, tmp_path_factory: pytest.TempPathFactory):
    return layers.emulated(files, tmp_path_factory.mktemp("board")).splitlines()


@pytest.mark.parametrize("name", [run.name for run in RUNS])
def test_host(on_host: list[str], name: str) -> None:
    assert f"ok {name}" in on_host, [line for line in on_host if name in line]


@pytest.mark.parametrize("name", [run.name for run in RUNS])
def test_emulated(on_board: list[str], name: str) -> None:
    assert f"ok {name}" in on_board, [line for line in on_board if name in line]
