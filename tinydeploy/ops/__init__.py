"""OPS: every operator tinydeploy knows, by its TFLite builtin name."""

from __future__ import annotations

from typing import Any, Protocol

from tinydeploy.graph import Attrs, Call, Graph, Node
from tinydeploy.ops import (
    add,
    average_pool2d,
    concatenation,
    conv2d,
    depthwise_conv2d,
    dequantize,
    expand_dims,
    fully_connected,
    logistic,
    max_pool2d,
    mean,
    mul,
    pad,
    padv2,
    quantize,
    relu,
    relu6,
    reshape,
    softmax,
    squeeze,
    sub,
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

    def lower(self, graph: Graph, node: Node, optimize: str) -> Call:
        """The kernel call that runs this node; only for a node that `refuse` lets pass.

        `optimize` is one of graph.MODES; an operator without that choice ignores it.
        """


OPS: dict[str, Op] = {
    "ADD": add,
    "AVERAGE_POOL_2D": average_pool2d,
    "CONCATENATION": concatenation,
    "CONV_2D": conv2d,
    "DEPTHWISE_CONV_2D": depthwise_conv2d,
    "DEQUANTIZE": dequantize,
    "EXPAND_DIMS": expand_dims,
    "FULLY_CONNECTED": fully_connected,
    "LOGISTIC": logistic,
    "MAX_POOL_2D": max_pool2d,
    "MEAN": mean,
    "MUL": mul,
    "PAD": pad,
    "PADV2": padv2,
    "QUANTIZE": quantize,
    "RELU": relu,
    "RELU6": relu6,
    "RESHAPE": reshape,
    "SOFTMAX": softmax,
    "SQUEEZE": squeeze,
    "SUB": sub,
}
