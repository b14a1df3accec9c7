"""L2_POOL_2D of float32: the root of the mean of squares in a window."""

from __future__ import annotations

from tinydeploy.ops.float32 import FLOAT32
from tinydeploy.ops.pool2d import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddL2Pool2D"
dtypes = ("float32",)

_pool = FLOAT32["L2_POOL_2D"]
refuse, lower = _pool.refuse, _pool.lower
