"""`is_noise`: whether samples are random numbers, drawn one like the other, and no recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tinydeploy.graph import Array

_LEAST = 16
"""Samples, and values in each, below which nothing can be told."""

_SIGMAS = 5.0


def is_noise(x: Array) -> bool:
    """Whether the samples `x` [n, …] are white noise: no place and no sample has a mean of its own,
    and neighbours have nothing in common. Of anything measured, at least one is not so.
    """
    n, size = len(x), x[0].size
    if n < _LEAST or size < _LEAST:
        return False
    values = x.astype(np.float64)
    values -= values.mean()
    deviation = values.std()
    if deviation == 0:
        return False
    values /= deviation
    flat = values.reshape(n, size)
    # A mean of k such numbers has the variance 1/k; `rest` means spread by sqrt(2 / rest) around.
    for axis, count, rest in ((0, n, size), (1, size, n)):
        spread = count * float((flat.mean(axis=axis) ** 2).mean())
        if abs(spread - 1) > _SIGMAS * np.sqrt(2 / rest):
            return False
    return all(_is_uncorrelated(values, axis) for axis in range(values.ndim))


def _is_uncorrelated(values: Any, axis: int) -> bool:
    """Whether neighbours along an axis have no more in common than chance gives."""
    pairs = np.moveaxis(values, axis, 0)
    if len(pairs) < 2:
        return True
    products = pairs[1:] * pairs[:-1]
    return bool(abs(products.mean()) < _SIGMAS / np.sqrt(products.size))
