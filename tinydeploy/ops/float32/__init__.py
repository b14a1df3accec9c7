"""FLOAT32: how operators run on float32 activations, with float32 or smaller weights.

Each entry has `refuse` and `lower` as the operator's own module has them. Operators that only move
bytes are not here: their own modules take any type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinydeploy.ops.float32.convolutions import Conv, Dense, Depthwise, Transposed
from tinydeploy.ops.float32.elementwise import (
    MOST,
    Comparison,
    Pair,
    Select,
    Single,
    alpha,
    clamp,
)
from tinydeploy.ops.float32.others import (
    ArgMax,
    BatchMatmul,
    Pad,
    Pool,
    Reduction,
    ResizeBilinear,
    Softmax,
)
from tinydeploy.ops.float32.sequences import AddN, CumSum, L2Normalization, Lstm, Svdf

if TYPE_CHECKING:
    from tinydeploy.ops import Lowering

FLOAT32: dict[str, Lowering] = {
    "ABS": Single("td_abs_f32"),
    "ADD": Pair("td_add_f32", activated=True),
    "ADD_N": AddN(),
    "ARG_MAX": ArgMax(1.0),
    "ARG_MIN": ArgMax(-1.0),
    "AVERAGE_POOL_2D": Pool("td_average_pool_2d_f32", ("td_mean_pool_2d_float_body",)),
    "BATCH_MATMUL": BatchMatmul(),
    "CONV_2D": Conv(),
    "COS": Single("td_cos_f32"),
    "CUMSUM": CumSum(),
    "DEPTHWISE_CONV_2D": Depthwise(),
    "DIV": Pair("td_div_f32", activated=True),
    "ELU": Single("td_elu_f32"),
    "EQUAL": Comparison(equal=True),
    "EXP": Single("td_exp_f32"),
    "FLOOR_DIV": Pair("td_floor_div_f32"),
    "FLOOR_MOD": Pair("td_floor_mod_f32"),
    "FULLY_CONNECTED": Dense(),
    "GREATER": Comparison(greater=True),
    "GREATER_EQUAL": Comparison(equal=True, greater=True),
    "HARD_SWISH": Single("td_hard_swish_f32"),
    "L2_NORMALIZATION": L2Normalization(),
    "L2_POOL_2D": Pool("td_l2_pool_2d_f32", ("td_mean_pool_2d_float_body",)),
    "LEAKY_RELU": Single("td_leaky_relu_f32", alpha),
    "LESS": Comparison(less=True),
    "LESS_EQUAL": Comparison(less=True, equal=True),
    "LOG": Single("td_log_f32"),
    "LOGISTIC": Single("td_logistic_f32"),
    "LOG_SOFTMAX": Softmax("td_log_softmax_f32"),
    "MAXIMUM": Pair("td_maximum_f32"),
    "MAX_POOL_2D": Pool("td_max_pool_2d_f32"),
    "MEAN": Reduction("MEAN"),
    "MINIMUM": Pair("td_minimum_f32"),
    "MUL": Pair("td_mul_f32", activated=True),
    "NOT_EQUAL": Comparison(less=True, greater=True, unordered=True),
    "PAD": Pad(),
    "PADV2": Pad(),
    "PRELU": Pair("td_prelu_f32"),
    "REDUCE_MAX": Reduction("REDUCE_MAX"),
    "REDUCE_MIN": Reduction("REDUCE_MIN"),
    "RELU": clamp(0.0, MOST),
    "RELU6": clamp(0.0, 6.0),
    "RELU_N1_TO_1": clamp(-1.0, 1.0),
    "RESIZE_BILINEAR": ResizeBilinear(),
    "RSQRT": Single("td_rsqrt_f32"),
    "SELECT": Select(),
    "SELECT_V2": Select(),
    "SIN": Single("td_sin_f32"),
    "SOFTMAX": Softmax("td_softmax_f32"),
    "SQUARED_DIFFERENCE": Pair("td_squared_difference_f32"),
    "SUB": Pair("td_sub_f32", activated=True),
    "SUM": Reduction("SUM"),
    "SVDF": Svdf(),
    "TANH": Single("td_tanh_f32"),
    "TRANSPOSE_CONV": Transposed(),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": Lstm(),
}
