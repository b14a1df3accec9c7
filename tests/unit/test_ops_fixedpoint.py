"""Compile-time integer arithmetic against exact rationals and the functions it approximates."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinydeploy import fixedpoint
from tinydeploy.graph import Tensor

INT32 = st.integers(-(2**31), 2**31 - 1)


def nearest_away(x: Fraction) -> int:
    return int(math.copysign(math.floor(abs(x) + Fraction(1, 2)), x))


@given(st.floats(2**-31, 2**20))
def test_multiplier_is_the_nearest(real: float) -> None:
    multiplier, shift = fixedpoint.quantize_multiplier(real)
    assert 2**30 <= multiplier < 2**31
    error = abs(Fraction(multiplier) * Fraction(2) ** (shift - 31) - Fraction(real))
    assert error <= Fraction(2) ** (shift - 32)


@pytest.mark.parametrize(
    ("real", "pair"),
    [
        (0.0, (0, 0)),
        (0.5, (2**30, 0)),
        (1.0, (2**30, 1)),
        (1 - 2**-24, (0x7FFFFF80, 0)),
        (1 - 2**-40, (2**30, 1)),  # rounds up to a power of two
        (2**-32, (2**30, -31)),
        (2**-33, (0, 0)),
    ],
)
def test_multiplier_at_the_edges(real: float, pair: tuple[int, int]) -> None:
    assert fixedpoint.quantize_multiplier(real) == pair


@given(INT32, st.integers(0, 31))
def test_rounding_shift_right(x: int, bits: int) -> None:
    assert fixedpoint.rounding_shift_right(x, bits) == nearest_away(Fraction(x, 2**bits))


@given(INT32, st.integers(0, 2**31 - 1))
def test_doubling_high_mul(a: int, b: int) -> None:
    assert fixedpoint.doubling_high_mul(a, b) == math.floor(Fraction(a * b, 2**31) + Fraction(1, 2))


def test_requantize_rounds_twice() -> None:
    # 3 * 0.4999… is 1.4999… and would round to 1 at once; it is 3 / 2 after the first rounding.
    assert fixedpoint.requantize(3, 2**31 - 128, -1) == 2


@given(st.floats(-1e6, 1e6))
def test_round_half_away(x: float) -> None:
    assert fixedpoint.round_half_away(x) == nearest_away(Fraction(x))


@given(st.integers(-(2**40), 2**40))
def test_wrap(x: int) -> None:
    assert fixedpoint.wrap(x) % 2**32 == x % 2**32
    assert -(2**31) <= fixedpoint.wrap(x) < 2**31


@pytest.mark.parametrize(
    ("activation", "limits"),
    [("NONE", (-128, 127)), ("RELU", (-3, 127)), ("RELU6", (-3, 57)), ("RELU_N1_TO_1", (-13, 7))],
)
def test_activation_range(activation: str, limits: tuple[int, int]) -> None:
    output = Tensor(0, "output", (1,), "int8", (0.1,), (-3,))
    assert fixedpoint.activation_range(activation, output) == limits


@given(st.integers(-(2**31), 0))
def test_exp(a: int) -> None:
    for integer_bits in (4, 5):
        exact = math.exp(a / 2 ** (31 - integer_bits))
        assert abs(fixedpoint.exp_on_negative(a, integer_bits) / 2**31 - exact) < 1e-6


@given(st.integers(0, 2**31 - 1))
def test_one_over_one_plus(a: int) -> None:
    assert abs(fixedpoint.one_over_one_plus(a) / 2**31 - 1 / (1 + a / 2**31)) < 1e-8


@given(st.floats(0.001, 4), st.floats(0.1, 2))
def test_softmax_exps(scale: float, beta: float) -> None:
    exps = fixedpoint.softmax_exps(scale, beta)
    assert 1 <= len(exps) <= 256
    assert all(abs(e / 2**31 - math.exp(-d * scale * beta)) < 1e-6 for d, e in enumerate(exps))
    if len(exps) < 256:
        assert math.exp(-len(exps) * scale * beta) < 2**-19


@given(st.integers(-255, 255), st.floats(0.0005, 2))
def test_logistic(x: int, scale: float) -> None:
    exact = 256 / (1 + math.exp(-x * scale)) - 128
    assert abs(fixedpoint.logistic(x, scale) - min(exact, 127)) <= 0.51


@given(st.integers(0, 2**31 - 1))
def test_one_minus_over_one_plus(a: int) -> None:
    real = a / 2**31
    assert abs(fixedpoint.one_minus_over_one_plus(a) / 2**31 - (1 - real) / (1 + real)) < 2e-8


@given(st.integers(1, 2**29 - 1))
def test_inverse_square_root(x: int) -> None:
    multiplier, shift = fixedpoint.inverse_square_root(x)
    assert multiplier * 2.0 ** (shift - 31) * math.sqrt(x) == pytest.approx(1, abs=2e-4)


@given(st.integers(-255, 255), st.floats(1e-4, 30))
def test_tanh(x: int, scale: float) -> None:
    exact = 128 * math.tanh(x * scale)
    if scale < 8:  # above, no value but the zero point itself is in the range of the input
        assert abs(fixedpoint.tanh(x, scale) - min(max(exact, -128), 127)) <= 1
    elif x:
        assert fixedpoint.tanh(x, scale) == (127 if x > 0 else -128)
