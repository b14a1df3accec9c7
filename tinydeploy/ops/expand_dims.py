"""EXPAND_DIMS: a RESHAPE that adds a dimension of size 1."""

from __future__ import annotations

from tinydeploy.ops.reshape import dtypes, lower, macs, read, refuse

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddExpandDims"
