"""CODED: how operators run whose weights lie in flash in a code (Tensor.coding).

Each module has `refuse` and `lower` as the operator's own module has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinydeploy.ops.coded import conv2d, fully_connected

if TYPE_CHECKING:
    from tinydeploy.ops import Lowering

CODED: dict[str, Lowering] = {"CONV_2D": conv2d, "FULLY_CONNECTED": fully_connected}
