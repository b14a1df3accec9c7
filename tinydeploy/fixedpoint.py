"""Integer arithmetic exactly as TensorFlow Lite's reference kernels do it, at compile time.

A real multiplier is `multiplier * 2**(shift - 31)`, `multiplier` in [2**30, 2**31) or 0. Scales are
float32 in a .tflite; what is computed from them in float32 there is so here. Sources: TensorFlow
Lite's `quantization_util.cc` and `kernel_util.cc`, gemmlowp's `fixedpoint.h`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.graph import Tensor

if TYPE_CHECKING:
    from tinydeploy.graph import Array

INT8_MIN, INT8_MAX = -128, 127
SOFTMAX_BITS = 5  # integer bits of the differences that are exponentiated
INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1

# A bit for each place where the oracle's table is one more than the sigmoid rounded.
_RAISED = 0x8000_0000_0000_0000_0000_0000_0000_0080_0011_0090_2044_0005_C046_7BAE_FA7B_D110


def quantize_multiplier(real: float) -> tuple[int, int]:
    """Multiplier and shift of a real number >= 0; (0, 0) when it is below 2**-32."""
    if real == 0:
        return 0, 0
    fraction, shift = math.frexp(real)
    multiplier = int(round_half_away(fraction * 2**31))
    if multiplier == 2**31:
        multiplier //= 2
        shift += 1
    return (0, 0) if shift < -31 else (multiplier, shift)


def quantize_multipliers(reals: Sequence[float]) -> tuple[list[int], list[int]]:
    """Multipliers and shifts of several real numbers."""
    pairs = [quantize_multiplier(real) for real in reals]
    return [m for m, _ in pairs], [s for _, s in pairs]


SCALED_SHIFT_MOST = 3  # of a record


def scale_ratio(real: float) -> int:
    """A ratio of scales as a fraction of 2**39, for `scaled_multiplier`."""
    return round(math.frexp(real)[0] * 2**39)


def scale_fraction(scale: float) -> int:
    """The 24 bits of a float32."""
    return int(math.frexp(scale)[0] * 2**24)


def scaled_multiplier(scale: int, ratio: int) -> int:
    """The multiplier of the real number that `scale` and `ratio` make when multiplied, as the
    kernels compute it: see firmware/kernels/td_scaled_multiplier.h."""
    product = (scale << 8) * (ratio >> 8) + scale * (ratio & 0xFF)
    product <<= product >> 62 == 0
    return ((product >> 31) + 1) >> 1


def fits_scaled(scale: int, shift: int, bias: int) -> bool:
    """Whether `scaled_record` takes these."""
    return scale >> 23 == 1 and 0 <= shift <= SCALED_SHIFT_MOST and -(2**14) <= bias < 2**14


def scaled_record(scale: int, shift: int, bias: int) -> bytes:
    """Five bytes: see firmware/kernels/td_scaled_multiplier.h."""
    return ((scale - 2**23) | shift << 23 | (bias & 0x7FFF) << 25).to_bytes(5, "little")


def round_half_away(x: float) -> float:
    """`x` rounded to an integer, ties away from zero, as C's round()."""
    whole = math.floor(abs(x))
    return math.copysign(whole + (abs(x) - whole >= 0.5), x)


def activation_range(activation: str, output: Tensor) -> tuple[int, int]:
    """Lowest and highest value that a fused activation leaves in `output`, of its type."""

    def quantized(real: float) -> int:
        steps = np.float32(real) / np.float32(output.scale)
        return output.zero_point + int(round_half_away(float(steps)))

    limits = np.iinfo(output.dtype)
    low, high = int(limits.min), int(limits.max)
    if activation in ("RELU", "RELU6"):
        low = max(low, quantized(0.0))
    if activation == "RELU6":
        high = min(high, quantized(6.0))
    if activation == "RELU_N1_TO_1":
        low, high = max(low, quantized(-1.0)), min(high, quantized(1.0))
    return low, high


def wrap(x: int) -> int:
    """`x` modulo 2**32, as a signed 32-bit number."""
    return (x + 2**31) % 2**32 - 2**31


def doubling_high_mul(a: int, b: int) -> int:
    """The high half of 2*a*b, rounded: the product of two fractions of 2**31."""
    return INT32_MAX if a == b == INT32_MIN else (a * b + 2**30) >> 31


def rounding_shift_right(x: int, bits: int) -> int:
    """`x / 2**bits` rounded, ties away from zero."""
    return -(-x + (1 << bits >> 1) >> bits) if x < 0 else x + (1 << bits >> 1) >> bits


def saturating_shift_left(x: int, bits: int) -> int:
    """`x * 2**bits` clamped to 32 bits."""
    return min(max(x << bits, INT32_MIN), INT32_MAX)


def requantize(x: int, multiplier: int, shift: int) -> int:
    """`x` times a real multiplier, rounded twice."""
    high = doubling_high_mul(wrap(x << max(shift, 0)), multiplier)
    return rounding_shift_right(high, max(-shift, 0))


def input_radius(integer_bits: int, left_shift: int) -> int:
    """Largest input difference whose scaled value has `integer_bits` integer bits out of 31."""
    return ((1 << integer_bits) - 1) << (31 - integer_bits) >> left_shift


def exp_on_negative(a: int, integer_bits: int) -> int:
    """exp(a) as a fraction of 2**31, for `a` <= 0 with `integer_bits` integer bits.

    A Taylor expansion on [-1/4, 0) times exp(-2**k) for each higher bit k that is set.
    """
    if a == 0:
        return INT32_MAX
    fraction_bits = 31 - integer_bits
    quarter = 1 << (fraction_bits - 2)
    low = (a & (quarter - 1)) - quarter
    x = saturating_shift_left(low, integer_bits) + (1 << 28)
    x2 = doubling_high_mul(x, x)
    x3 = doubling_high_mul(x2, x)
    x4 = doubling_high_mul(x2, x2)
    third = doubling_high_mul(rounding_shift_right(x4, 2) + x3, 715827883)  # 1/3
    series = x + rounding_shift_right(third + x2, 1)
    result = 1895147668 + doubling_high_mul(1895147668, series)  # exp(-1/8)
    factors = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
    for exponent, factor in zip(range(-2, integer_bits), factors, strict=False):
        if (low - a) >> (fraction_bits + exponent) & 1:
            result = doubling_high_mul(result, factor)
    return result


def one_over_one_plus(a: int) -> int:
    """1 / (1 + a) for `a` in [0, 1), fractions of 2**31."""
    return saturating_shift_left(_two_over_one_plus(a), 1)


def one_minus_over_one_plus(a: int) -> int:
    """(1 - a) / (1 + a) for `a` in [0, 1), fractions of 2**31."""
    return saturating_shift_left(_two_over_one_plus(a) - (1 << 29), 2)


def _two_over_one_plus(a: int) -> int:
    """2 / (1 + a) in 2 integer bits: Newton-Raphson from 48/17 - 32/17 * a."""
    half_denominator = (a + INT32_MAX + 1) // 2
    x = 1515870810 + doubling_high_mul(half_denominator, -1010580540)
    for _ in range(3):
        error = (1 << 29) - doubling_high_mul(half_denominator, x)
        x += saturating_shift_left(doubling_high_mul(x, error), 2)
    return x


def inverse_square_root(x: int) -> tuple[int, int]:
    """1 / sqrt(x) as multiplier and shift, for 1 <= `x` < 2**29: Newton-Raphson from 1."""
    if x == 1:
        return INT32_MAX, 0
    pairs = (31 - x.bit_length()) // 2 - 1
    value = (x << (2 * pairs)) >> 1
    half = rounding_shift_right(value, 1)
    root = 1 << 28
    for _ in range(5):
        cube = doubling_high_mul(doubling_high_mul(root, root), root)
        cube = saturating_shift_left(cube, 6)
        step = doubling_high_mul((1 << 28) + (1 << 27), root) - doubling_high_mul(half, cube)
        root = saturating_shift_left(step, 3)
    root = doubling_high_mul(root, 1518500250)  # sqrt(2) / 2
    shift = 11 - pairs
    return (root << -shift, 0) if shift < 0 else (root, -shift)


def softmax_multiplier(scale: float, beta: float) -> tuple[int, int]:
    """Multiplier and shift of scale * beta with SOFTMAX_BITS integer bits."""
    return quantize_multiplier(min(beta * scale * (1 << (31 - SOFTMAX_BITS)), float(INT32_MAX)))


def softmax_differences(scale: float, beta: float) -> list[int]:
    """-d * scale * beta with SOFTMAX_BITS integer bits for d = 0, 1, … as far as they fit."""
    multiplier, shift = softmax_multiplier(scale, beta)
    count = min(input_radius(SOFTMAX_BITS, shift), 255) + 1
    return [doubling_high_mul(wrap(-d << shift), multiplier) for d in range(count)]


def softmax_exps(scale: float, beta: float) -> list[int]:
    """exp(-d * scale * beta) as fractions of 2**31 for d = 0, 1, … as long as they count.

    One below 2**11 counts nowhere: it rounds to 0 in the Q12.19 sum and in any 8-bit output.
    """
    exps = [exp_on_negative(s, SOFTMAX_BITS) for s in softmax_differences(scale, beta)]
    while exps[-1] < 2**11:
        exps.pop()
    return exps


def logistic(x: int, scale: float) -> int:
    """The int8 sigmoid of `x` steps of `scale`; its scale is 1/256 and its zero point -128."""
    integer_bits = 4
    fraction, shift = math.frexp(scale * (1 << (31 - integer_bits)))
    multiplier = int(round_half_away(fraction * 2**31))
    radius = input_radius(integer_bits, shift)
    if abs(x) >= radius:
        return INT8_MAX if x > 0 else INT8_MIN
    scaled = requantize(x, multiplier, shift)
    positive = one_over_one_plus(exp_on_negative(-abs(scaled), integer_bits))
    result = 1 << 30 if scaled == 0 else positive if scaled > 0 else INT32_MAX - positive
    return min(max(rounding_shift_right(result, 23) + INT8_MIN, INT8_MIN), INT8_MAX)


def tanh(x: int, scale: float) -> int:
    """The int8 hyperbolic tangent of `x` steps of `scale`; its scale is 1/128."""
    integer_bits = 4
    fraction, shift = math.frexp(scale * (1 << (31 - integer_bits)))
    multiplier = int(round_half_away(fraction * 2**31))
    if abs(x) >= input_radius(integer_bits, shift):
        return INT8_MAX if x > 0 else INT8_MIN
    scaled = requantize(x, multiplier, shift)
    if scaled == 0:
        return 0
    # exp(-2|x|) is exp of the same bits with one more integer bit.
    positive = one_minus_over_one_plus(exp_on_negative(-abs(scaled), integer_bits + 1))
    result = rounding_shift_right(positive if scaled > 0 else -positive, 24)
    return min(max(result, INT8_MIN), INT8_MAX)


def sigmoid_table() -> Array:
    """The sigmoid of k / 24 as fractions of 2**16, less 2**15."""
    exact = [65536 / (1 + math.exp(-k / 24)) for k in range(256)]
    rounded = [math.floor(value + 0.5) + (_RAISED >> k & 1) for k, value in enumerate(exact)]
    return np.array([min(value, 65535) - 32768 for value in rounded], np.int16)
