"""Layers for the int8 kernels with M-profile vector instructions (`td_*_mve_s8`).

Their weights are plain int8; they round as TensorFlow Lite does, so there is nothing to prove. The
format is told in `firmware/kernels/td_mve_block_s8.h`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.arena import Step, forward, pixels
from tinydeploy.graph import Const, Param
from tinydeploy.packing.format import Convolution, Dense, window_params
from tinydeploy.packing.int8 import simplified

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Int8 = NDArray[np.int8]
    Int64 = NDArray[np.int64]

VECTOR = 16  # bytes
QUAD = 4  # output channels, and windows, at a time
_LARGEST_SHIFT = 31
_IN_QUAD = [0, 2, 1, 3]  # how td_mve_block_s8 takes a quad's channels


@dataclass(frozen=True, eq=False)
class Packed:
    """A call of `kernel(&params, input, filter, output, [scratch])`, as packing.format.Packed."""

    kernel: str
    params: tuple[tuple[str, Param], ...]
    filter: Int8
    scratch_bytes: int
    steps: tuple[Step, ...]
    sources: tuple[str, ...]

    @property
    def constants(self) -> tuple[Const, ...]:
        """The array that the kernel takes between input and output."""
        return (Const("filter", self.filter),)


def pack_convolution(conv: Convolution) -> Packed | str:
    """The layer for td_conv_2d_mve_s8, or why it cannot run there."""
    conv = simplified(conv)
    if conv.groups > 1:
        return "groups"
    if conv.whole or (conv.pointwise and min(conv.pixels, conv.output[2]) < QUAD):
        return pack_dense(conv.as_dense())
    if conv.pointwise:
        conv = conv.as_one_row()
    channels = Channels.of(conv)
    if isinstance(channels, str):
        return channels
    outputs = conv.filter.shape[0]
    rows = padded(conv.filter.reshape(outputs, -1))
    steps = rows.shape[1] // VECTOR
    params = {
        **window_params(conv),
        "steps": steps,
        "side_by_side": int(conv.pointwise and conv.input[2] % VECTOR == 0),
        "input_zero_point": conv.input_zero_point,
        "output_zero_point": conv.output_zero_point,
        "linear": int(channels.linear),
        "activation_min": conv.activation[0],
        "activation_max": conv.activation[1],
    }
    stream = b"".join(_quad(rows, channels, quad[_IN_QUAD], together=2) for quad in _quads(outputs))
    return Packed(
        kernel="td_conv_2d_mve_s8",
        params=tuple(params.items()),
        filter=np.frombuffer(stream, np.int8),
        scratch_bytes=QUAD * VECTOR * steps,
        steps=_block_steps(conv),
        sources=sources("td_conv_2d_mve_s8", "td_mve_block_s8", headers=("td_window",)),
    )


def pack_dense(dense: Dense) -> Packed | str:
    """The layer for td_fully_connected_mve_s8 or, for many batches, td_conv_2d_mve_s8; or why it
    cannot run there."""
    outputs, inputs = dense.filter.shape
    if min(dense.batches, outputs) >= QUAD:
        return pack_convolution(dense.as_convolution())
    channels = Channels.of(dense)
    if isinstance(channels, str):
        return channels
    rows = padded(dense.filter)
    params = {
        "batches": dense.batches,
        "input_size": inputs,
        "output_size": outputs,
        "output_zero_point": dense.output_zero_point,
        "linear": int(channels.linear),
        "activation_min": dense.activation[0],
        "activation_max": dense.activation[1],
    }
    stream = b"".join(_quad(rows, channels, quad, together=QUAD) for quad in _quads(outputs))
    return Packed(
        kernel="td_fully_connected_mve_s8",
        params=tuple(params.items()),
        filter=np.frombuffer(stream, np.int8),
        scratch_bytes=0,
        steps=pixels(dense.batches, inputs, outputs, hold="direct"),
        sources=sources("td_fully_connected_mve_s8"),
    )


@dataclass(frozen=True, eq=False)
class Channels:
    """What each output channel has besides weights: `bias` with the input's zero point taken off;
    `shift` in [-31, 0]. `linear` when outputs below the zero point are not all the same."""

    bias: NDArray[np.int32]
    multiplier: NDArray[np.int32]
    shift: NDArray[np.int8]
    linear: bool

    @classmethod
    def of(cls, layer: Convolution | Dense) -> Channels | str:
        """Those of the layer, or why the kernels cannot take them."""
        outputs = layer.filter.shape[0]
        multiplier, shift = (
            np.broadcast_to(np.asarray(values, np.int64), (outputs,))
            for values in (layer.multipliers, layer.shifts)
        )
        linear = layer.activation[0] < layer.output_zero_point
        shift = np.where(multiplier == 0, -1, shift)
        if shift.max() > -linear or shift.min() < -_LARGEST_SHIFT:
            return "a multiplier is too large or too small"
        sums = layer.filter.reshape(outputs, -1).astype(np.int64).sum(axis=1)
        bias = np.asarray(layer.bias, np.int64) - layer.input_zero_point * sums
        return cls(
            bias=bias.astype(np.int32),  # modulo 2**32, as sums are
            multiplier=multiplier.astype(np.int32),
            shift=shift.astype(np.int8),
            linear=linear,
        )


def padded(rows: Int8) -> Int8:
    """[outputs, inputs] with zeros up to whole vectors."""
    return np.pad(rows, ((0, 0), (0, -rows.shape[1] % VECTOR)))


def sources(*kernels: str, headers: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The C files of these kernels and headers, relative to `firmware/`."""
    named = (f"{name}.{kind}" for name in kernels for kind in "ch")
    shared = ("td_fixedpoint", "td_mve", *headers)
    return tuple(sorted(f"kernels/{name}" for name in (*named, *(f"{n}.h" for n in shared))))


def _quads(outputs: int) -> Int64:
    """Four channels at a time, also the last ones; `outputs` stands for one that is not there."""
    firsts = np.minimum(np.arange(0, outputs, QUAD), max(outputs - QUAD, 0))
    return np.minimum(firsts[:, None] + np.arange(QUAD), outputs)


def _quad(rows: Int8, channels: Channels, order: Int64, together: int) -> bytes:
    """A quad's weights, a vector of each of `together` channels after the other, and constants."""
    filled = np.vstack([rows, np.zeros_like(rows[:1])])
    vectors = filled[order].reshape(QUAD // together, together, -1, VECTOR).swapaxes(1, 2)
    constants = (channels.bias, channels.multiplier, channels.shift)
    chosen = (np.append(values, values[-1:])[order] for values in constants)
    return b"".join((vectors.tobytes(), *(values.tobytes() for values in chosen)))


def _block_steps(conv: Convolution) -> tuple[Step, ...]:
    """A step for four pixels: once written, what the windows still to come begin with."""
    if conv.batches > 1:
        return ()
    rows, columns, depth = conv.input
    firsts = [
        max(y * conv.stride[0] - conv.pad[0], 0) * columns * depth
        + max(x * conv.stride[1] - conv.pad[1], 0) * depth
        for y, x in product(range(conv.output[0]), range(conv.output[1]))
    ]
    needed = rows * columns * depth
    fronts = []
    for start in reversed(range(0, len(firsts), QUAD)):
        fronts.append((needed, min(start + QUAD, len(firsts)) * conv.output[2]))
        needed = min(needed, *firsts[start : start + QUAD])
    return forward(fronts[::-1], rows * columns * depth)
