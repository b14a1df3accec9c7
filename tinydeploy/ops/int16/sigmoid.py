"""LOGISTIC and TANH on int16: one table, with straight lines between its entries."""

from __future__ import annotations

import math

from tinydeploy.fixedpoint import sigmoid_table
from tinydeploy.graph import Call, Const, Graph, Node, Operand
from tinydeploy.ops import shapes
from tinydeploy.ops.int16 import piecewise, sums

_INPUT_SCALE = 2.0**-12  # of which the table's steps are a third
_MULTIPLIER_MAX = 2**15 - 1


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    reason = piecewise.refuse(graph, node) or sums.refuse_types((values, output))
    if not reason and _power_of_two(output.scale) != -15:
        return "the output's scale is not 1/32768"
    if not reason and 3 * values.scale / _INPUT_SCALE > _MULTIPLIER_MAX:
        return f"the input's scale {values.scale} is too large"
    return reason


def call(graph: Graph, node: Node, is_tanh: bool) -> Call:
    """A call of td_sigmoid_s16."""
    values, output = graph.input(node, 0), graph.output(node)
    multiplier, shift = _scaling(values.scale, exact=(-12, -11) if is_tanh else (-12,))
    return Call(
        node=node.index,
        kernel="td_sigmoid_s16",
        params=(
            ("size", values.size),
            ("multiplier", multiplier),
            ("shift", shift),
            ("tanh", int(is_tanh)),
            ("sigmoid", Const("sigmoid", sigmoid_table())),
        ),
        args=(Operand(values.index), Operand(output.index, output=True)),
        in_place=True,
        sources=shapes.sources("td_sigmoid_s16", "td_fixedpoint"),
    )


def _scaling(scale: float, exact: tuple[int, ...]) -> tuple[int, int]:
    """Multiplier and right shift to the table's steps, as the oracle's: scales that are about a
    power of two in `exact` need no shift, others are cut off to 15 bits."""
    power = _power_of_two(scale)
    if power in exact:
        return 3 << (power + 12), 0
    steps = 3 * scale / _INPUT_SCALE
    shift = 0
    while steps <= _MULTIPLIER_MAX / 2 and shift <= 30:
        shift += 1
        steps *= 2
    return int(steps), shift


def _power_of_two(scale: float) -> int | None:
    """The power of two that the oracle takes `scale` for, if any."""
    exact = math.log2(scale)
    nearest = round(exact)
    return nearest if abs(exact - nearest) < 1e-3 else None
