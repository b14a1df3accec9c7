"""SOFTMAX on int16 over the last dimension, by two tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.fixedpoint import quantize_multiplier, round_half_away
from tinydeploy.graph import Aim, Call, Const, Graph, Node, Operand
from tinydeploy.ops import shapes
from tinydeploy.ops.int16 import sums

if TYPE_CHECKING:
    from tinydeploy.graph import Array

_DEPTH_MAX = 2**16 - 1  # classes whose exponentials' sum fits 31 bits
_RANGE = 10.0  # differences beyond count as nothing
_STEPS = 512
_OUTPUT_SCALE = 2.0**-15


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    reason = sums.refuse_types((values, output))
    if not reason and abs(output.scale - _OUTPUT_SCALE) > 0.001 * _OUTPUT_SCALE:
        return "the output's scale is not 1/32768"
    if not reason and values.shape[-1] > _DEPTH_MAX:
        return f"{values.shape[-1]} classes are more than {_DEPTH_MAX}"
    return reason


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_softmax_s16."""
    values, output = graph.input(node, 0), graph.output(node)
    beta = node.attrs["beta"]
    assert isinstance(beta, float)
    multiplier, shift = quantize_multiplier(values.scale * beta / (_RANGE / 65535))
    return Call(
        node=node.index,
        kernel="td_softmax_s16",
        params=(
            ("rows", values.size // values.shape[-1]),
            ("depth", values.shape[-1]),
            ("multiplier", multiplier),
            ("shift", shift),
            ("exps", Const("exps", _table(math.exp, _RANGE, -65535))),
            ("reciprocals", Const("reciprocals", _table(lambda x: 1 / (1 + x), 1.0, 0))),
        ),
        args=(Operand(values.index), Operand(output.index, output=True)),
        in_place=True,
        sources=shapes.sources("td_softmax_s16", "td_fixedpoint"),
    )


def _table(function: Callable[[float], float], reach: float, first: int) -> Array:
    """`function` at the 513 ends of equal stretches of an interval of length `reach` that begins at
    `first` of 65535 parts of it: fractions of 2**15, in float32 as the oracle's. Each is moved by
    half of what a straight line errs by in the middle of its stretch."""
    scale = np.float32(reach) / np.float32(65535)
    low, high = scale * np.float32(first), scale * np.float32(first + 65535)
    step = (high - low) / np.float32(_STEPS)
    unit = np.float32(2.0) / np.float32(65535)
    factor = np.float32(65536) / (unit * np.float32(32767) - unit * np.float32(-32768))

    def scaled(x: np.float32) -> np.float32:
        product: np.float32 = np.float32(function(float(x))) * factor
        return product

    def rounded(x: np.float32) -> np.float32:
        whole: np.float32 = np.float32(round_half_away(float(x)))
        return whole

    values = []
    for i in range(_STEPS):
        at = low + np.float32(i) * step
        here = rounded(scaled(at))
        between = rounded((scaled(low + np.float32(i + 1) * step) + here) / np.float32(2))
        error = between - rounded(scaled(at + step / np.float32(2)))
        values.append(float(here - rounded(error / np.float32(2))))
    values.append(float(rounded(scaled(high))))
    table: Array = np.clip(values, -(2**15), 2**15 - 1).astype(np.int16)
    return table
