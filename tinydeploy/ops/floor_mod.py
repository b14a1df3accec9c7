"""FLOOR_MOD of float32: the remainder with the divisor's sign, with broadcasting."""

from __future__ import annotations

from tinydeploy.ops.float32 import FLOAT32
from tinydeploy.ops.floor_div import refuse
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddFloorMod"
dtypes = ("float32",)

lower = FLOAT32["FLOOR_MOD"].lower
