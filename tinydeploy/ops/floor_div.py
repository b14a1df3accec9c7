"""FLOOR_DIV of float32: the quotient rounded down, with broadcasting."""

from __future__ import annotations

from tinydeploy.ops.float32 import FLOAT32
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddFloorDiv"
dtypes = ("float32",)

_pair = FLOAT32["FLOOR_DIV"]
refuse, lower = _pair.refuse, _pair.lower
