"""OPS: every operator tinydeploy knows, by its TFLite builtin name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from tinydeploy.graph import Aim, Attrs, Call, Graph, Node
from tinydeploy.ops import (
    abs,
    add,
    add_n,
    arg_max,
    arg_min,
    assign_variable,
    average_pool2d,
    batch_matmul,
    batch_to_space_nd,
    broadcast_args,
    broadcast_to,
    call_once,
    cast,
    ceil,
    concatenation,
    conv2d,
    cos,
    cumsum,
    depth_to_space,
    depthwise_conv2d,
    dequantize,
    div,
    dynamic_update_slice,
    elu,
    embedding_lookup,
    equal,
    exp,
    expand_dims,
    fill,
    floor,
    floor_div,
    floor_mod,
    fully_connected,
    gather,
    gather_nd,
    gelu,
    greater,
    greater_equal,
    hard_swish,
    l2_normalization,
    l2_pool2d,
    leaky_relu,
    less,
    less_equal,
    log,
    log_softmax,
    logical_and,
    logical_not,
    logical_or,
    logistic,
    max_pool2d,
    maximum,
    mean,
    minimum,
    mirror_pad,
    mul,
    neg,
    not_equal,
    pack,
    pad,
    padv2,
    prelu,
    quantize,
    read_variable,
    reduce_all,
    reduce_max,
    reduce_min,
    relu,
    relu6,
    relu_n1_to_1,
    reshape,
    resize_bilinear,
    resize_nearest_neighbor,
    reverse_v2,
    round,
    rsqrt,
    select,
    select_v2,
    shape,
    sin,
    slice,
    softmax,
    space_to_batch_nd,
    space_to_depth,
    split,
    split_v,
    sqrt,
    square,
    squared_difference,
    squeeze,
    strided_slice,
    sub,
    sum,
    svdf,
    tanh,
    tile,
    transpose,
    transpose_conv,
    unidirectional_sequence_lstm,
    unpack,
    var_handle,
    zeros_like,
)
from tinydeploy.ops.coded import CODED
from tinydeploy.ops.float32 import FLOAT32
from tinydeploy.ops.int4 import INT4
from tinydeploy.ops.int16 import INT16
from tinydeploy.ops.unscaled import BOOL, INT32


class Lowering(Protocol):
    """What runs an operator in the aot engine."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """The kernel call that runs this node; only for a node that `refuse` lets pass.

        An operator without a choice ignores `aim`.
        """


class Op(Lowering, Protocol):
    """What a module in `ops/` gives: what the operator is, and its lowering for int8, or for the
    types in its `dtypes` where it has that."""

    resolver: str
    """The `MicroMutableOpResolver` method that registers it, e.g. `AddConv2D`; empty for what
    TensorFlow Lite Micro has not."""

    def read(self, options: Any) -> Attrs:
        """The builtin options table (or None when the file has none) as plain attributes."""

    def macs(self, graph: Graph, node: Node) -> int:
        """Multiply-accumulates per inference."""


OPS: dict[str, Op] = {
    "ABS": abs,
    "ADD": add,
    "ADD_N": add_n,
    "ARG_MAX": arg_max,
    "ARG_MIN": arg_min,
    "ASSIGN_VARIABLE": assign_variable,
    "AVERAGE_POOL_2D": average_pool2d,
    "BATCH_MATMUL": batch_matmul,
    "BATCH_TO_SPACE_ND": batch_to_space_nd,
    "BROADCAST_ARGS": broadcast_args,
    "BROADCAST_TO": broadcast_to,
    "CALL_ONCE": call_once,
    "CAST": cast,
    "CEIL": ceil,
    "CONCATENATION": concatenation,
    "CONV_2D": conv2d,
    "COS": cos,
    "CUMSUM": cumsum,
    "DEPTHWISE_CONV_2D": depthwise_conv2d,
    "DEPTH_TO_SPACE": depth_to_space,
    "DEQUANTIZE": dequantize,
    "DIV": div,
    "DYNAMIC_UPDATE_SLICE": dynamic_update_slice,
    "ELU": elu,
    "EMBEDDING_LOOKUP": embedding_lookup,
    "EQUAL": equal,
    "EXP": exp,
    "EXPAND_DIMS": expand_dims,
    "FILL": fill,
    "FLOOR": floor,
    "FLOOR_DIV": floor_div,
    "FLOOR_MOD": floor_mod,
    "FULLY_CONNECTED": fully_connected,
    "GATHER": gather,
    "GATHER_ND": gather_nd,
    "GELU": gelu,
    "GREATER": greater,
    "GREATER_EQUAL": greater_equal,
    "HARD_SWISH": hard_swish,
    "L2_NORMALIZATION": l2_normalization,
    "L2_POOL_2D": l2_pool2d,
    "LEAKY_RELU": leaky_relu,
    "LESS": less,
    "LESS_EQUAL": less_equal,
    "LOG": log,
    "LOGICAL_AND": logical_and,
    "LOGICAL_NOT": logical_not,
    "LOGICAL_OR": logical_or,
    "LOGISTIC": logistic,
    "LOG_SOFTMAX": log_softmax,
    "MAXIMUM": maximum,
    "MAX_POOL_2D": max_pool2d,
    "MEAN": mean,
    "MINIMUM": minimum,
    "MIRROR_PAD": mirror_pad,
    "MUL": mul,
    "NEG": neg,
    "NOT_EQUAL": not_equal,
    "PACK": pack,
    "PAD": pad,
    "PADV2": padv2,
    "PRELU": prelu,
    "QUANTIZE": quantize,
    "READ_VARIABLE": read_variable,
    "REDUCE_ALL": reduce_all,
    "REDUCE_MAX": reduce_max,
    "REDUCE_MIN": reduce_min,
    "RELU": relu,
    "RELU6": relu6,
    "RELU_N1_TO_1": relu_n1_to_1,
    "RESHAPE": reshape,
    "RESIZE_BILINEAR": resize_bilinear,
    "RESIZE_NEAREST_NEIGHBOR": resize_nearest_neighbor,
    "REVERSE_V2": reverse_v2,
    "ROUND": round,
    "RSQRT": rsqrt,
    "SELECT": select,
    "SELECT_V2": select_v2,
    "SHAPE": shape,
    "SIN": sin,
    "SLICE": slice,
    "SOFTMAX": softmax,
    "SPACE_TO_BATCH_ND": space_to_batch_nd,
    "SPACE_TO_DEPTH": space_to_depth,
    "SPLIT": split,
    "SPLIT_V": split_v,
    "SQRT": sqrt,
    "SQUARE": square,
    "SQUARED_DIFFERENCE": squared_difference,
    "SQUEEZE": squeeze,
    "STRIDED_SLICE": strided_slice,
    "SUB": sub,
    "SUM": sum,
    "SVDF": svdf,
    "TANH": tanh,
    "TILE": tile,
    "TRANSPOSE": transpose,
    "TRANSPOSE_CONV": transpose_conv,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": unidirectional_sequence_lstm,
    "UNPACK": unpack,
    "VAR_HANDLE": var_handle,
    "ZEROS_LIKE": zeros_like,
}


def dtypes(op: str) -> tuple[str, ...]:
    """The types of values that the aot engine runs an operator on: those of its own module, int8
    where that says nothing, and those of the tables that have it. Weights of other types than int8
    are told as such."""
    own: tuple[str, ...] = getattr(OPS[op], "dtypes", ("int8",))
    tables: list[tuple[str, Mapping[str, Lowering]]] = [
        ("int16", INT16),
        ("int32", INT32),
        ("float32", FLOAT32),
        ("bool", BOOL),
        ("4-bit weights", INT4),
        ("coded weights", CODED),
    ]
    return (*own, *(name for name, table in tables if op in table and name not in own))


def lowering(graph: Graph, node: Node) -> Lowering:
    """What runs `node`, by its data types: the table of its kind where that has the operator, else
    the operator's own module. KeyError for an operator that is not in OPS."""
    return _kind(graph, node).get(node.op) or OPS[node.op]


def _kind(graph: Graph, node: Node) -> Mapping[str, Lowering]:
    tensors = [graph.tensor(index) for index in node.inputs if index >= 0]
    tensors = [tensor for tensor in tensors if tensor.initial is None]  # a state follows its kernel
    constants = [t for t in tensors if t.data is not None]
    if any(t.coding for t in constants):
        return CODED
    if any(t.dtype == "int4" for t in constants):
        return INT4
    dtypes = {t.dtype for t in tensors if t.data is None}
    if "float32" in dtypes:
        return FLOAT32
    if "int16" in dtypes:
        return INT16
    return {frozenset({"int32"}): INT32, frozenset({"bool"}): BOOL}.get(frozenset(dtypes), {})
