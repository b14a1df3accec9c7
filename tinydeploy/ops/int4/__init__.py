"""INT4: how operators run whose weights are 4-bit integers, with int8 activations.

Each module has `refuse` and `lower` as the operator's own module has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tinydeploy.ops import Lowering

INT4: dict[str, Lowering] = {}
