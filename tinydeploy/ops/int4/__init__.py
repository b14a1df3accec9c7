"""INT4: how operators run whose weights are 4-bit integers, with int8 activations.

Each module has `refuse` and `lower` as the operator's own module has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinydeploy.ops.int4 import conv2d, depthwise_conv2d, fully_connected

if TYPE_CHECKING:
    from tinydeploy.ops import Lowering

INT4: dict[str, Lowering] = {
    "CONV_2D": conv2d,
    "DEPTHWISE_CONV_2D": depthwise_conv2d,
    "FULLY_CONNECTED": fully_connected,
}
