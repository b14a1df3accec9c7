"""HARD_SWISH: x times x + 3 clamped to [0, 6], over 6, in 16-bit fixed point as the oracle."""

from __future__ import annotations

import numpy as np

from tinydeploy.fixedpoint import INT8_MAX, INT8_MIN, quantize_multiplier, rounding_shift_right
from tinydeploy.graph import Aim, Call, Graph, Node, Tensor
from tinydeploy.ops import lookup
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddHardSwish"

_INT16_MIN, _INT16_MAX = -(2**15), 2**15 - 1
_HEADROOM_BITS = 7  # by which inputs are raised before they are scaled
_SHIFT_MAX = 15
_THREE = 3 / 32768  # the scale on which 3.0 is one


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    reason = lookup.refuse(graph, node)
    if reason:
        return reason
    (_, shift), (_, reluish_shift) = _scalings(graph.input(node, 0), graph.output(node))
    if shift > 0:
        return "the output's scale is so small that TensorFlow Lite Micro refuses it"
    if min(shift, reluish_shift) < -_SHIFT_MAX:
        return "the output's scale is so large that 16 bits are shifted out"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A table of the 256 answers."""
    values, output = graph.input(node, 0), graph.output(node)
    (multiplier, shift), (reluish_multiplier, reluish_shift) = _scalings(values, output)

    def hard_swish(x: int) -> int:
        raised = (x - values.zero_point) << _HEADROOM_BITS
        factor = raised
        if reluish_shift > 0:
            factor = _saturate(factor << (reluish_shift - 1))
        factor = _high_mul(factor, reluish_multiplier)
        if reluish_shift > 0:
            factor = _saturate(factor << 1)
        factor = rounding_shift_right(factor, max(-reluish_shift, 0))
        product = (factor - _INT16_MIN >> 1) * _high_mul(raised, multiplier)
        truncated = abs(product) >> 15  # towards zero, which cancels the roundings' bias
        scaled = rounding_shift_right(truncated if product >= 0 else -truncated, -shift)
        wrapped = (scaled + output.zero_point - _INT16_MIN) % 2**16 + _INT16_MIN
        return min(max(wrapped, INT8_MIN), INT8_MAX)

    return lookup.lower(graph, node, hard_swish)


def _scalings(values: Tensor, output: Tensor) -> tuple[tuple[int, int], tuple[int, int]]:
    """Multipliers of 16 bits and shifts: to the output's scale, and to the one where 3 is 1."""
    raised = np.float32(1 / 128) * np.float32(values.scale)
    pairs = []
    for scale in (np.float32(output.scale), np.float32(_THREE)):
        multiplier, shift = quantize_multiplier(float(raised / scale))
        pairs.append((min(multiplier + (1 << 15) >> 16, _INT16_MAX), shift))
    return pairs[0], pairs[1]


def _saturate(x: int) -> int:
    return min(max(x, _INT16_MIN), _INT16_MAX)


def _high_mul(a: int, b: int) -> int:
    """The high half of 2*a*b, rounded: the product of two fractions of 2**15."""
    return _saturate(a * b + (1 << 14) >> 15)
