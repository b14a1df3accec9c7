"""FLOAT32: how operators run on float32 activations, with float32 or smaller weights.

Each module has `refuse` and `lower` as the operator's own module has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tinydeploy.ops import Lowering

FLOAT32: dict[str, Lowering] = {}
