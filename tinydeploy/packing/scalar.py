"""Dense layers for td_fully_connected_scalar_s8: for CPUs without DSP instructions.

It rounds as TensorFlow Lite does and takes weights as they are, so there is nothing to prove.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.arena import pixels
from tinydeploy.graph import Const, Param
from tinydeploy.packing.format import Convolution, Dense, Packed
from tinydeploy.packing.int8 import simplified
from tinydeploy.packing.rows import BLOCK

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pack_dense(dense: Dense) -> Packed:
    """The layer for td_fully_connected_scalar_s8."""
    outputs, inputs = dense.filter.shape
    params: dict[str, Param] = {
        "batches": dense.batches,
        "input_size": inputs,
        "output_size": outputs,
        "per_channel": int(len(dense.multipliers) > 1),
        "output_offset": dense.output_zero_point,
        "activation_min": dense.activation[0],
        "activation_max": dense.activation[1],
        "multiplier": Const("multiplier", np.array(dense.multipliers, np.int32)),
        "shift": Const("shift", np.array(dense.shifts, np.int8)),
    }
    kernel = "td_fully_connected_scalar_s8"
    return Packed(
        kernel=kernel,
        params=tuple(params.items()),
        filter=dense.filter,
        bias=folded_bias(dense),
        scratch_bytes=0,
        steps=pixels(dense.batches, inputs, outputs, hold="direct"),
        sources=tuple(
            f"kernels/{name}"
            for name in (f"{kernel}.c", f"{kernel}.h", "td_fully_connected_s8.h", "td_fixedpoint.h")
        ),
    )


def pack_convolution(conv: Convolution) -> Packed | str:
    """A convolution that is such a layer, or why it is none."""
    conv = simplified(conv)
    if conv.groups == 1 and (conv.whole or (conv.pointwise and conv.pixels < BLOCK)):
        return pack_dense(conv.as_dense())
    return "more than a few windows"


def folded_bias(dense: Dense) -> NDArray[np.int32]:
    """bias - zero_point * the filter's row sums, modulo 2**32."""
    sums = dense.filter.astype(np.int64).sum(axis=1)
    folded: NDArray[np.int32] = (
        np.asarray(dense.bias, np.int64) - dense.input_zero_point * sums
    ).astype(np.int32)
    return folded
