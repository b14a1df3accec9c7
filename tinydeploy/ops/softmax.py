"""SOFTMAX over the last dimension; exponentials are tabulated at compile time or, of few elements,
computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinydeploy.fixedpoint import softmax_exps, softmax_multiplier
from tinydeploy.graph import Aim, Attrs, Call, Const, Graph, Node, Operand, Param, Scratch
from tinydeploy.ops import shapes

resolver = "AddSoftmax"

DEPTH_MAX = 4095  # the sum of exponentials has 12 integer bits
_FEW = 256  # elements whose exponentials take less than 0.03 M instructions
_EXPONENTIAL_BYTES = 256  # of code


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {"beta": float(options.Beta()) if options is not None else 1.0}


def macs(graph: Graph, node: Node) -> int:
    """None are counted."""
    return 0


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    reason = shapes.refuse_types((values, output))
    if reason:
        return reason
    if output.zero_point != -128 or output.scale != 1 / 256:
        return "the output's scale is not 1/256 with zero point -128"
    if values.shape[-1] > DEPTH_MAX:
        return f"{values.shape[-1]} classes are more than {DEPTH_MAX}"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_softmax_few_s8 where that computes less than a table would take, else of
    td_softmax_s8."""
    values, output = graph.input(node, 0), graph.output(node)
    beta = node.attrs["beta"]
    assert isinstance(beta, float)
    exps = softmax_exps(values.scale, beta)
    few = values.size <= _FEW and 4 * len(exps) > _EXPONENTIAL_BYTES and aim.optimize != "speed"
    rows, depth = values.size // values.shape[-1], values.shape[-1]
    params: dict[str, Param]
    if few:
        multiplier, shift = softmax_multiplier(values.scale, beta)
        params = {
            "multiplier": multiplier,
            "rows": rows,
            "depth": depth,
            "exp_count": len(exps),
            "left_shift": shift,
        }
    else:
        table = Const("exps", np.array(exps, np.int32))
        params = {"rows": rows, "depth": depth, "exp_count": len(exps), "exps": table}
    kernel = "td_softmax_few_s8" if few else "td_softmax_s8"
    return Call(
        node=node.index,
        kernel=kernel,
        params=tuple(params.items()),
        args=(
            Operand(values.index),
            Operand(output.index, output=True),
            *((Scratch(),) if few else ()),
        ),
        scratch_bytes=4 * depth if few else 0,
        in_place=True,
        sources=shapes.sources(kernel, "td_softmax_row", "td_fixedpoint"),
    )
