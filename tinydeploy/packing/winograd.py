"""Packs 3x3 convolutions for td_winograd_s8 and proves that it may be used.

The proofs and the format are explained in docs/engine.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.arena import Step, forward
from tinydeploy.graph import Const, Param
from tinydeploy.packing.format import Convolution

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHIFT = 12  # of every accumulator in td_winograd_s8
TILES = 4  # at a time
TWICE_G = np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]], np.int64)


@dataclass(frozen=True, eq=False)
class Packed:
    """A call's ingredients: `params` in the order of td_winograd_s8_params, and how it walks."""

    params: tuple[tuple[str, Param], ...]
    filter: NDArray[np.int32]
    scratch_bytes: int
    steps: tuple[Step, ...]
    sources: tuple[str, ...]
    kernel: str = "td_winograd_s8"

    @property
    def constants(self) -> tuple[Const, ...]:
        """The arrays that the kernel takes between input and output."""
        return (Const("filter", self.filter),)


def pack(layer: Convolution) -> Packed | str:
    """The layer for td_winograd_s8, or why it cannot run there."""
    reason = _refuse(layer)
    if reason:
        return reason
    # [output channel, 4, 4, input channel]
    weights = np.einsum("ik,oklc,jl->oijc", TWICE_G, layer.filter.astype(np.int64), TWICE_G)
    constants = []
    for o in range(weights.shape[0]):
        scaled = _scale(layer, o, weights[o])
        if isinstance(scaled, str):
            return f"channel {o}: {scaled}"
        constants.append(scaled)
    params: dict[str, Param] = {
        "input_height": layer.input[0],
        "input_width": layer.input[1],
        "input_channels": layer.input[2],
        "output_height": layer.output[0],
        "output_width": layer.output[1],
        "output_channels": layer.output[2],
        "pad_top": layer.pad[0],
        "pad_left": layer.pad[1],
        "input_zero": layer.input_zero_point,
        "linear": int(not _is_relu(layer)),
    }
    return Packed(
        params=tuple(params.items()),
        filter=_stream(weights, np.array(constants, np.int32)),
        scratch_bytes=144 * layer.input[2] + 512,
        steps=_steps(layer),
        sources=tuple(
            f"kernels/td_{name}" for name in ("winograd_s8.c", "winograd_s8.h", "dsp_dw.h")
        ),
    )


def _is_relu(layer: Convolution) -> bool:
    return layer.activation[0] == layer.output_zero_point


def _refuse(layer: Convolution) -> str:
    channels, _, _, depth = layer.filter.shape
    if depth % 8 or channels % 2:
        return "input channels no multiple of 8 or output channels no multiple of 2"
    if layer.filter.shape[1:3] != (3, 3) or (*layer.stride, *layer.dilation) != (1, 1, 1, 1):
        return "not 3x3 with stride 1"
    if layer.batches != 1 or layer.groups != 1:
        return "more than one image or group"
    if layer.pad[0] not in (0, 1) or layer.pad[1] not in (0, 1):
        return "more padding than one row or column"
    if layer.activation != (-128, 127):
        return "the activation leaves less than the range of int8"
    return ""


def _scale(
    layer: Convolution, o: int, weights: NDArray[np.int64]
) -> tuple[int, int, int, int] | str:
    """Scales the transformed weights of channel `o` in place to the common right shift; returns its
    bias, multiplier, rounding and correction, or what cannot be proven."""
    bias, multiplier = int(layer.bias[o]), int(layer.channel(layer.multipliers)[o])
    right = -int(layer.channel(layer.shifts)[o])
    largest = max(127 - layer.input_zero_point, 128 + layer.input_zero_point)
    taps = np.abs(layer.filter[o].astype(np.int64)).sum()
    bound = int(taps) * largest + abs(bias)
    zero = layer.output_zero_point << SHIFT
    if multiplier == 0 or (right > 0 and bound * multiplier + (1 << 30) < 1 << (30 + right)):
        weights[:] = 0
        return 0, 1 << 30, (1 << (SHIFT - 1)) + zero, 0
    extra = SHIFT - 1 - right
    if extra < 0 or right < 1:
        return f"its right shift is {right}, not in 1 to {SHIFT - 1}"
    weights <<= extra
    if np.abs(weights).max() > 32767:
        return f"its right shift is {right}: scaled weights leave 16 bits"
    if bound << (extra + 2) >= 1 << 31:
        return "its accumulator may leave 32 bits"
    rounding = (1 << extra) + (1 << (SHIFT - 1)) + zero
    return bias << (extra + 2), multiplier, rounding, 1 << (extra + 1)


def _stream(weights: NDArray[np.int64], constants: NDArray[np.int32]) -> NDArray[np.int32]:
    """See firmware/kernels/td_winograd_s8.h; pairs of channels as SXTB16 takes them from a word."""
    channels, _, _, depth = weights.shape
    lanes = weights.reshape(channels, 16, depth // 4, 2, 2)  # group, lane, even or odd
    pairs = lanes.transpose(0, 1, 2, 4, 3).reshape(channels // 2, 2, 16, depth // 2, 2)
    halves = np.ascontiguousarray(pairs.transpose(0, 2, 3, 1, 4)).astype("<i2")
    words = halves.reshape(channels // 2, -1).view("<i4")
    return np.hstack([words, constants.reshape(channels // 2, 8)]).reshape(-1)


def _steps(layer: Convolution) -> tuple[Step, ...]:
    """Each four tiles read their input, then write their output: up to a tile's upper row at least,
    input from the row above the next tile is still needed."""
    height, width, depth = layer.input
    rows, columns, channels = layer.output
    across = -(-columns // 2)
    count = across * -(-rows // 2)
    fronts: list[tuple[int, int]] = []
    for start in range(0, count, TILES):
        stop = min(start + TILES, count)
        next_row = max(stop // across * 2 - layer.pad[0], 0)
        needed = height if stop == count else min(next_row, height)
        y, x = divmod(stop - 1, across)
        last_row = min(2 * y + 1, rows - 1)
        last_column = min(2 * x + 1, columns - 1)
        written = (last_row * columns + last_column + 1) * channels
        fronts.append((needed * width * depth, max(written, fronts[-1][1] if fronts else 0)))
    return forward(fronts, height * width * depth)
