"""INT16: how operators run on int16 activations with int8 weights.

Each module has `refuse` and `lower` as the operator's own module has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tinydeploy.ops import Lowering

INT16: dict[str, Lowering] = {}
