"""`rescale`: how a layer's real multiplier became an integer and a shift (Jacob et al., 2018).

M = s_in · s_w / s_out is written as `multiplier · 2**(shift - 31)`, `multiplier` in
[2**30, 2**31): 31 bits of a fraction in [1/2, 1) and a shift, both known at compile time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tinydeploy.explain.values import CODES
from tinydeploy.fixedpoint import quantize_multiplier, requantize
from tinydeploy.graph import Graph, Node

TWICE = (
    "twice: (x · multiplier + 2^30) >> 31, then >> -shift with halves away from zero; "
    "a shift above 0 is done first"
)
ONCE = "once: (x · (multiplier >> 16, rounded) + 2^(14 - shift)) >> (15 - shift), in 64 bits"
_SUMS_64 = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")
_ADD_BITS = {"int8": 20, "int16": 15}


@dataclass(frozen=True)
class Factor:
    """One real multiplier: of which channel or input it is, and its fixed-point form."""

    name: str
    real: float
    multiplier: int
    shift: int

    @property
    def represented(self) -> float:
        """What multiplier and shift stand for."""
        return self.multiplier * 2.0 ** (self.shift - 31)


@dataclass(frozen=True)
class Rescale:
    """A layer's factors, the formula that they follow, and how its kernel rounds."""

    formula: str
    factors: tuple[Factor, ...]
    rounding: str


def rescale(graph: Graph, node: Node) -> Rescale | None:
    """The layer's rescaling; None when it has none in this form: floats, copies, tables."""
    made = _FORMULAS.get(node.op)
    if made is None or not node.outputs:
        return None
    tensors = [graph.tensor(i) for i in (*node.inputs[:1], *node.outputs[:1])]
    if any(not t.scales or t.dtype not in CODES for t in tensors):
        return None
    formula, reals = made(graph, node)
    if not reals:
        return None
    factors = tuple(Factor(name, value, *quantize_multiplier(value)) for name, value in reals)
    return Rescale(formula, factors, ONCE if rounds_once(graph, node) else TWICE)


def rounds_once(graph: Graph, node: Node) -> bool:
    """Whether sums are 64 bits wide: int16 activations with a bias of 64 bits, or none."""
    if node.op not in _SUMS_64 or graph.output(node).dtype != "int16":
        return False
    position = 3 if node.op == "TRANSPOSE_CONV" else 2
    return not graph.has_input(node, position) or graph.input(node, position).dtype == "int64"


def apply(x: int, factor: Factor, once: bool) -> int:
    """`x` times the factor, with the kernels' rounding."""
    if not once:
        return requantize(x, factor.multiplier, factor.shift)
    whole = factor.multiplier
    reduced = (whole + (1 << 15)) >> 16 if whole < 0x7FFF0000 else 0x7FFF
    total = 15 - factor.shift
    return (x * reduced + (1 << (total - 1))) >> total


_Reals = Sequence[tuple[str, float]]


def _weighted(graph: Graph, node: Node) -> tuple[str, _Reals]:
    values = graph.input(node, 2 if node.op == "TRANSPOSE_CONV" else 0)
    weights, output = graph.input(node, 1), graph.output(node)
    if not weights.scales or not values.scales:
        return "", []
    many = len(weights.scales) > 1
    return "M = s_in · s_w / s_out", [
        (f"channel {number}" if many else "all channels", values.scale * scale / output.scale)
        for number, scale in enumerate(weights.scales)
    ]


def _product(graph: Graph, node: Node) -> tuple[str, _Reals]:
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    if not second.scales:
        return "", []
    return "M = s_1 · s_2 / s_out", [("product", first.scale * second.scale / output.scale)]


def _ratio(graph: Graph, node: Node) -> tuple[str, _Reals]:
    values, output = graph.input(node, 0), graph.output(node)
    if values.scale == output.scale and values.zero_point == output.zero_point:
        return "", []
    return "M = s_in / s_out", [("all", values.scale / output.scale)]


def _sum(graph: Graph, node: Node) -> tuple[str, _Reals]:
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    bits = _ADD_BITS.get(output.dtype)
    if not second.scales or bits is None:
        return "", []
    twice = 2 * max(first.scale, second.scale)
    return f"M_i = s_i / (2 max s), after << {bits}; M = 2 max s / (2^{bits} s_out)", [
        ("first input", first.scale / twice),
        ("second input", second.scale / twice),
        ("sum", twice / ((1 << bits) * output.scale)),
    ]


_FORMULAS: Mapping[str, Callable[[Graph, Node], tuple[str, _Reals]]] = {
    "CONV_2D": _weighted,
    "DEPTHWISE_CONV_2D": _weighted,
    "FULLY_CONNECTED": _weighted,
    "TRANSPOSE_CONV": _weighted,
    "MUL": _product,
    "BATCH_MATMUL": _product,
    "ADD": _sum,
    "SUB": _sum,
    "MEAN": _ratio,
    "QUANTIZE": _ratio,
    "RELU": _ratio,
    "RELU6": _ratio,
}
