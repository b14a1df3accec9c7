"""Codes and the real numbers that they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinydeploy.graph import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tinydeploy.graph import Array

    Doubles = NDArray[np.float64]

CODES = {
    "int4": (-8, 7),
    "int8": (-128, 127),
    "uint8": (0, 255),
    "int16": (-32768, 32767),
}
"""Lowest and highest code of each type that tensors are quantized to."""


def is_quantized(tensor: Tensor) -> bool:
    """Whether its codes are a grid over real numbers; a bias's 32 bits are too fine to be one."""
    return bool(tensor.scales) and tensor.dtype in CODES


def from_bytes(tensor: Tensor, data: bytes) -> Array:
    """The codes, or floats, in a tensor's memory, flat."""
    found: Array = np.frombuffer(data, np.dtype(tensor.dtype).newbyteorder("<"))
    return found


def real(tensor: Tensor, codes: Array) -> Doubles:
    """What `codes` of this tensor (its shape, or flat when it has one scale) stand for."""
    values: Doubles = np.asarray(codes, dtype=np.float64)
    if not tensor.scales:
        return values
    scales, zero_points = np.array(tensor.scales), np.array(tensor.zero_points)
    if len(tensor.scales) > 1:
        shape = [-1 if axis == tensor.axis else 1 for axis in range(len(tensor.shape))]
        values = values.reshape(tensor.shape)
        scales, zero_points = scales.reshape(shape), zero_points.reshape(shape)
    found: Doubles = (values - zero_points) * scales
    return found


def steps(tensor: Tensor, values: Any) -> Doubles:
    """Real `values` (the tensor's shape) in steps of the grid, each channel's own, not rounded."""
    scales, zero_points = np.array(tensor.scales), np.array(tensor.zero_points)
    if len(tensor.scales) > 1:
        shape = [-1 if axis == tensor.axis else 1 for axis in range(len(tensor.shape))]
        scales, zero_points = scales.reshape(shape), zero_points.reshape(shape)
    found: Doubles = np.asarray(values, np.float64).reshape(tensor.shape) / scales + zero_points
    return found


def ends(tensor: Tensor) -> tuple[float, float]:
    """The lowest and the highest real number of a tensor with one scale."""
    low, high = CODES[tensor.dtype]
    return (low - tensor.zero_point) * tensor.scale, (high - tensor.zero_point) * tensor.scale
