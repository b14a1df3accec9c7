"""INT16: how operators run on int16 activations with int8 weights.

Each module has `refuse` and `lower` as the operator's own module has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinydeploy.ops.int16 import (
    abs,
    add,
    average_pool2d,
    batch_matmul,
    conv2d,
    depthwise_conv2d,
    fully_connected,
    leaky_relu,
    logistic,
    max_pool2d,
    maximum,
    mean,
    minimum,
    mul,
    pad,
    prelu,
    relu,
    relu6,
    rsqrt,
    select_v2,
    softmax,
    squared_difference,
    sub,
    sum,
    tanh,
    transpose_conv,
    unidirectional_sequence_lstm,
)

if TYPE_CHECKING:
    from tinydeploy.ops import Lowering

INT16: dict[str, Lowering] = {
    "ABS": abs,
    "ADD": add,
    "AVERAGE_POOL_2D": average_pool2d,
    "BATCH_MATMUL": batch_matmul,
    "CONV_2D": conv2d,
    "DEPTHWISE_CONV_2D": depthwise_conv2d,
    "FULLY_CONNECTED": fully_connected,
    "LEAKY_RELU": leaky_relu,
    "LOGISTIC": logistic,
    "MAX_POOL_2D": max_pool2d,
    "MAXIMUM": maximum,
    "MEAN": mean,
    "MINIMUM": minimum,
    "MUL": mul,
    "PAD": pad,
    "PADV2": pad,
    "PRELU": prelu,
    "RELU": relu,
    "RELU6": relu6,
    "RSQRT": rsqrt,
    "SELECT_V2": select_v2,
    "SOFTMAX": softmax,
    "SQUARED_DIFFERENCE": squared_difference,
    "SUB": sub,
    "SUM": sum,
    "TANH": tanh,
    "TRANSPOSE_CONV": transpose_conv,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": unidirectional_sequence_lstm,
}
