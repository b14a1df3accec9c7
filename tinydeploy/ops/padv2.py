"""PADV2: PAD with a third input."""

from __future__ import annotations

from tinydeploy.ops.pad import lower, macs, read, refuse

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddPadV2"
