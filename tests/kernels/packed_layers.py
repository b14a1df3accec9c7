"""Random layers for the packed kernels, their reference outputs, and C programs that run them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from layers import FIRMWARE, HERE, requantize
from numpy.typing import NDArray

from tinydeploy.fixedpoint import quantize_multipliers
from tinydeploy.graph import Const
from tinydeploy.packing import mve
from tinydeploy.packing.int8 import Convolution, Dense, Packed, pack_convolution, pack_dense

EXTREME_MULTIPLIERS = np.array([1 << 30, (1 << 31) - 1, (1 << 30) + 1, 3 << 29])


@dataclass(frozen=True)
class Geometry:
    """Shape of a convolution; an output size follows from `same` as in TensorFlow Lite."""

    height: int
    width: int
    depth: int
    outputs: int
    kernel: tuple[int, int] = (1, 1)
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    same: bool = True
    groups: int = 1
    batches: int = 1

    def axis(self, axis: int) -> tuple[int, int]:
        """Output size and padding before the input."""
        size = (self.height, self.width)[axis]
        reach = (self.kernel[axis] - 1) * self.dilation[axis] + 1
        step = self.stride[axis]
        if not self.same:
            return (size - reach) // step + 1, 0
        count = -(-size // step)
        return count, max((count - 1) * step + reach - size, 0) // 2

    @property
    def name(self) -> str:
        """All that differs from the plain case."""
        extra = "" if self.stride == (1, 1) else f"_s{self.stride[0]}{self.stride[1]}"
        extra += "" if self.dilation == (1, 1) else f"_d{self.dilation[0]}{self.dilation[1]}"
        extra += "" if self.same else "_valid"
        extra += "" if self.groups == 1 else f"_g{self.groups}"
        extra += "" if self.batches == 1 else f"_b{self.batches}"
        window = f"{self.kernel[0]}x{self.kernel[1]}"
        return f"{window}_{self.height}x{self.width}x{self.depth}-{self.outputs}{extra}"


def _weights(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int8]:
    drawn = rng.integers(-127, 128, shape)
    drawn = np.where(rng.random(shape) < 0.1, rng.choice([-127, 127], shape), drawn)
    return drawn.astype(np.int8)


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


@dataclass(frozen=True)
class Quantization:
    """Everything of a layer but its weights and shape."""

    bias: list[int]
    multipliers: list[int]
    shifts: list[int]
    input_zero_point: int
    output_zero_point: int
    activation: tuple[int, int]


def quantization(rng: np.random.Generator, size: int, channels: int, kind: str) -> Quantization:
    """`kind`: relu, linear, tensor (one multiplier for all) or clamp; `size`: inputs of a channel.

    Shifts are such that outputs fill the range and saturate now and then.
    """
    count = 1 if kind == "tensor" else channels
    drawn = rng.integers(1 << 30, 1 << 31, count)
    multipliers = np.where(rng.random(count) < 0.3, rng.choice(EXTREME_MULTIPLIERS, count), drawn)
    typical = max(int(np.log2(size) / 2 + 6), 5)
    shifts = -rng.integers(typical, typical + (1 if kind == "tensor" else 3), count)
    output_zero = -128 if kind == "relu" else int(rng.integers(-128, 128))
    limit = 1 << int(rng.integers(8, 18))
    return Quantization(
        bias=rng.integers(-limit, limit, channels).tolist(),
        multipliers=multipliers.tolist(),
        shifts=shifts.tolist(),
        input_zero_point=int(rng.choice([-128, -128, 127, 0, 3])),
        output_zero_point=output_zero,
        activation=(min(max(output_zero, -100), 99), 100) if kind == "clamp" else (-128, 127),
    )


def convolution(shape: Geometry, kind: str, seed: int) -> Convolution:
    """A random layer of this shape."""
    rng = np.random.default_rng(seed)
    (rows, top), (columns, left) = shape.axis(0), shape.axis(1)
    weights = _weights(rng, (shape.outputs, *shape.kernel, shape.depth // shape.groups))
    values = vars(quantization(rng, weights[0].size, shape.outputs, kind))
    if seed // 4 % 2:
        values |= _of_scales(rng, values)
    return Convolution(
        input=(shape.height, shape.width, shape.depth),
        output=(rows, columns, shape.outputs),
        filter=weights,
        stride=shape.stride,
        dilation=shape.dilation,
        pad=(top, left),
        batches=shape.batches,
        **values,
    )


def _of_scales(rng: np.random.Generator, values: dict[str, Any]) -> dict[str, object]:
    """Multipliers of much the same size that are products of float32 scales, and small biases."""
    shifts = values["shifts"]
    ratio = float(rng.uniform(0.5, 1))
    near = np.exp2(np.array(shifts) + rng.uniform(-0.4, 0.4, len(shifts)))
    scales = near.astype(np.float32).astype(float).tolist()
    multipliers, exponents = quantize_multipliers([ratio * scale for scale in scales])
    bias = rng.integers(-9000, 9000, len(values["bias"])).tolist()
    return {
        "bias": bias,
        "multipliers": multipliers,
        "shifts": exponents,
        "scales": scales,
        "ratio": ratio,
    }


def dense(batches: int, inputs: int, outputs: int, kind: str, seed: int) -> Dense:
    """A random fully connected layer."""
    rng = np.random.default_rng(seed)
    weights = _weights(rng, (outputs, inputs))
    return Dense(batches, weights, **vars(quantization(rng, inputs, outputs, kind)))


def image(layer: Convolution | Dense, seed: int) -> NDArray[np.int8]:
    """Input values with many extremes."""
    rng = np.random.default_rng(seed)
    sizes = layer.input if isinstance(layer, Convolution) else layer.filter.shape[1:]
    shape = (layer.batches, *sizes)
    drawn = rng.integers(-128, 128, shape)
    return np.where(rng.random(shape) < 0.1, rng.choice([-128, 127], shape), drawn).astype(np.int8)


def reference(layer: Convolution | Dense, values: NDArray[np.int8]) -> NDArray[np.int8]:
    """What the plain definition gives."""
    wide = values.astype(np.int64) - layer.input_zero_point
    taps = layer.filter.astype(np.int64)
    acc = (
        wide @ taps.T
        if isinstance(layer, Dense)
        else np.stack([_convolved(layer, one, taps) for one in wide])
    )
    acc = acc + np.asarray(layer.bias)
    channels = taps.shape[0]
    out = np.empty(acc.shape, np.int64)
    for c in range(channels):
        at = c if len(layer.multipliers) > 1 else 0
        out[..., c] = requantize(acc[..., c], layer.multipliers[at], layer.shifts[at])
    return np.clip(out + layer.output_zero_point, *layer.activation).astype(np.int8)


def _convolved(
    layer: Convolution, wide: NDArray[np.int64], taps: NDArray[np.int64]
) -> NDArray[np.int64]:
    rows, columns, channels = layer.output
    spans = [
        (count - 1) * step + (size - 1) * dilation + 1
        for count, step, size, dilation in zip(
            layer.output[:2], layer.stride, taps.shape[1:3], layer.dilation, strict=True
        )
    ]
    (top, left), (height, width, depth) = layer.pad, layer.input
    padded = np.zeros((max(spans[0], top + height), max(spans[1], left + width), depth), np.int64)
    padded[top : top + height, left : left + width] = wide
    acc = np.zeros((rows, columns, channels), np.int64)
    for ky in range(taps.shape[1]):
        for kx in range(taps.shape[2]):
            y, x = ky * layer.dilation[0], kx * layer.dilation[1]
            window = padded[y :: layer.stride[0], x :: layer.stride[1]][:rows, :columns]
            for group, at in enumerate(np.split(np.arange(channels), layer.groups)):
                part = np.split(window, layer.groups, axis=2)[group]
                acc[..., at] += part @ taps[at, ky, kx].T
    return acc


def packed(layer: Convolution | Dense, direct: bool = False) -> Packed:
    """The layer packed; it must have a fast kernel."""
    result = pack_dense(layer, direct) if isinstance(layer, Dense) else pack_convolution(layer)
    assert isinstance(result, Packed), result
    return result


def overlap(layer: Packed | mve.Packed, input_bytes: int, output_bytes: int) -> int:
    """The smallest distance from the output's start up to the input's that the steps allow when the
    kernel ascends; without steps the two lie apart."""
    if not layer.steps:
        return output_bytes
    distances = [
        step.written[1] - step.needed[0] for step in layer.steps if step.needed[0] < input_bytes
    ]
    return max(0, *distances, 0)


@dataclass(frozen=True, eq=False)
class Run:
    """One call of a packed kernel and what it must give."""

    name: str
    layer: Packed | mve.Packed
    values: NDArray[np.int8]
    wanted: NDArray[np.int8]


def write(
    path: Path, runs: Sequence[Run], *, before: str = "", after: str = "", include: str = ""
) -> list[Path]:
    """A C file that runs every layer, with its output apart from and over its input; returns every
    source of the program. `before` and `after` are statements around each call."""
    headers = sorted({run.layer.kernel for run in runs})
    parts = [f'#include "{name}.h"' for name in headers]
    parts += ["#include <stdalign.h>", "#include <string.h>", '#include "check.h"', include]
    parts += [_function(run, index, before, after) for index, run in enumerate(runs)]
    calls = "".join(f"  run{index}();\n" for index in range(len(runs)))
    parts.append(f"void run_cases(void) {{\n{calls}}}\n")
    path.write_text("\n".join(parts))
    sources = sorted({name for run in runs for name in run.layer.sources if name.endswith(".c")})
    return [path, *(FIRMWARE / name for name in sources), HERE / "check.c"]


def _function(run: Run, index: int, before: str, after: str) -> str:
    layer, size, count = run.layer, run.values.size, run.wanted.size
    distance = overlap(layer, size, count)
    constants = {name: value.data for name, value in layer.params if isinstance(value, Const)}
    fields = ", ".join(
        f".{name} = {name + str(index) if name in constants else value}"
        for name, value in layer.params
    )
    own = {const.name: const.data for const in layer.constants}
    arrays = {"inputs": run.values, **own, "wanted": run.wanted, **constants}
    given = ", ".join(f"{name}{index}" for name in own)
    shared = max(distance + size, count)
    scratch = f", scratch{index}" if layer.scratch_bytes else ""
    lines = [
        *(_array(f"{name}{index}", values) for name, values in arrays.items()),
        f"alignas(4) static int8_t output{index}[{count}], input{index}[{size}];",
        f"alignas(4) static int8_t shared{index}[{shared}];",
        f"alignas(4) static int8_t scratch{index}[{layer.scratch_bytes}];" if scratch else "",
        f"static const {layer.kernel}_params params{index} = {{{fields}}};",
        f'static void run{index}(void) {{\n  check_begin("{run.name}");',
    ]
    for source, target in (
        (f"input{index}", f"output{index}"),
        (f"shared{index} + {distance}", f"shared{index}"),
    ):
        lines += [
            f"  memcpy({source}, inputs{index}, {size});\n  {before}",
            f"  {layer.kernel}(&params{index}, {source}, {given}, {target}{scratch});\n  {after}",
            f"  check_bytes(0, {target}, wanted{index}, {count});",
        ]
    return "\n".join([*lines, "  check_end();\n}"])


def _array(name: str, values: NDArray[np.generic]) -> str:
    text = ",".join(map(str, values.ravel().tolist())).replace("-2147483648", "INT32_MIN")
    return f"alignas(4) static const {values.dtype}_t {name}[] = {{{text}}};"
