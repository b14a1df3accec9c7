"""OPS: every operator tinydeploy knows, by its TFLite builtin name."""

from __future__ import annotations

from typing import Any, Protocol

from tinydeploy.graph import Attrs, Call, Graph, Node
from tinydeploy.ops import (
    abs,
    add,
    average_pool2d,
    batch_to_space_nd,
    concatenation,
    conv2d,
    depth_to_space,
    depthwise_conv2d,
    dequantize,
    elu,
    expand_dims,
    fully_connected,
    gather,
    hard_swish,
    leaky_relu,
    logistic,
    max_pool2d,
    mean,
    mirror_pad,
    mul,
    pack,
    pad,
    padv2,
    quantize,
    relu,
    relu6,
    reshape,
    rsqrt,
    slice,
    softmax,
    space_to_batch_nd,
    space_to_depth,
    split,
    split_v,
    squeeze,
    strided_slice,
    sub,
    tanh,
    transpose,
    unpack,
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
    "ABS": abs,
    "ADD": add,
    "AVERAGE_POOL_2D": average_pool2d,
    "BATCH_TO_SPACE_ND": batch_to_space_nd,
    "CONCATENATION": concatenation,
    "CONV_2D": conv2d,
    "DEPTHWISE_CONV_2D": depthwise_conv2d,
    "DEPTH_TO_SPACE": depth_to_space,
    "DEQUANTIZE": dequantize,
    "ELU": elu,
    "EXPAND_DIMS": expand_dims,
    "FULLY_CONNECTED": fully_connected,
    "GATHER": gather,
    "HARD_SWISH": hard_swish,
    "LEAKY_RELU": leaky_relu,
    "LOGISTIC": logistic,
    "MAX_POOL_2D": max_pool2d,
    "MEAN": mean,
    "MIRROR_PAD": mirror_pad,
    "MUL": mul,
    "PACK": pack,
    "PAD": pad,
    "PADV2": padv2,
    "QUANTIZE": quantize,
    "RELU": relu,
    "RELU6": relu6,
    "RESHAPE": reshape,
    "RSQRT": rsqrt,
    "SLICE": slice,
    "SOFTMAX": softmax,
    "SPACE_TO_BATCH_ND": space_to_batch_nd,
    "SPACE_TO_DEPTH": space_to_depth,
    "SPLIT": split,
    "SPLIT_V": split_v,
    "SQUEEZE": squeeze,
    "STRIDED_SLICE": strided_slice,
    "SUB": sub,
    "TANH": tanh,
    "TRANSPOSE": transpose,
    "UNPACK": unpack,
}
