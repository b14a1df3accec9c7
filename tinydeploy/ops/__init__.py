"""OPS: every operator tinydeploy knows, by its TFLite builtin name."""

from __future__ import annotations

from typing import Any, Protocol

from tinydeploy.graph import Attrs, Call, Graph, Node
from tinydeploy.ops import (
    add,
    average_pool2d,
    conv2d,
    depthwise_conv2d,
    fully_connected,
    max_pool2d,
    reshape,
    softmax,
)


class Op(Protocol):
    """What a module in `ops/` gives."""

    resolver: str
    """The `MicroMutableOpResolver` method that registers it, e.g. `AddConv2D`."""

    def read(self, options: Any) -> Attrs:
        """The builtin options table (or None when the file has none) as plain attributes."""

    def macs(self, graph: Graph, node: Node) -> int:
        """Multiply-accumulates per inference."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""

    def lower(self, graph: Graph, node: Node) -> Call:
        """The kernel call that runs this node; only for a node that `refuse` lets pass."""


OPS: dict[str, Op] = {
    "ADD": add,
    "AVERAGE_POOL_2D": average_pool2d,
    "CONV_2D": conv2d,
    "DEPTHWISE_CONV_2D": depthwise_conv2d,
    "FULLY_CONNECTED": fully_connected,
    "MAX_POOL_2D": max_pool2d,
    "RESHAPE": reshape,
    "SOFTMAX": softmax,
}
