"""Real samples become input bytes, output bytes become classes, and the right ones are counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.errors import UsageError
from tinydeploy.graph import Tensor

if TYPE_CHECKING:
    from tinydeploy.dataset import Floats, Labels
    from tinydeploy.graph import Array


def quantize_input(x: Array, tensor: Tensor) -> bytes:
    """One sample, of as many values as `tensor` holds, as the bytes of that input.

    As TFLite's QUANTIZE does: float32 division by the scale, halves away from zero, saturating.
    A tensor without a scale takes the values as they are. UsageError when sizes differ.
    """
    if x.size != tensor.size:
        raise UsageError(
            f"a sample has {x.size} values but input {tensor.name} takes {tensor.size}",
            "give samples of the shape of the model's input",
        )
    dtype = np.dtype(tensor.dtype).newbyteorder("<")
    if not tensor.scales:
        return bytes(np.asarray(x).reshape(-1).astype(dtype).tobytes())
    values = np.asarray(x, dtype=np.float32).reshape(-1)
    with np.errstate(over="ignore"):
        divided = (values / np.float32(tensor.scale)).astype(np.float64)
    steps = np.trunc(divided + np.copysign(0.5, divided)) + tensor.zero_point
    limits = np.iinfo(dtype)
    return bytes(np.clip(steps, limits.min, limits.max).astype(dtype).tobytes())


def dequantize_output(data: bytes, tensor: Tensor) -> Floats:
    """The bytes of an output as float32 values in the tensor's shape."""
    values: Array = np.frombuffer(data, dtype=np.dtype(tensor.dtype).newbyteorder("<"))
    if tensor.scales:
        values = (values.astype(np.float64) - tensor.zero_point) * tensor.scale
    return np.asarray(values, dtype=np.float32).reshape(tensor.shape)


def top1(scores: Floats) -> Labels:
    """The class of each row of `scores` [n, …]: the largest score, the first when they tie.

    A single score per sample is a probability: class 1 from 0.5 up.
    """
    rows = scores.reshape(len(scores), -1)
    if rows.shape[1] == 1:
        return np.asarray(rows[:, 0] >= 0.5, dtype=np.int64)
    return np.asarray(rows.argmax(axis=1), dtype=np.int64)


def output_accuracy(outputs: Sequence[bytes], tensor: Tensor, labels: Labels) -> float:
    """The share, 0 to 1, of `outputs` (one per sample, oracle's or device's) of the right class."""
    scores = np.stack([dequantize_output(data, tensor) for data in outputs])
    return float(np.mean(top1(scores) == labels))
