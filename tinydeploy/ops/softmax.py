"""SOFTMAX over the last dimension; the exponentials are tabulated at compile time."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinydeploy.fixedpoint import softmax_exps
from tinydeploy.graph import Aim, Attrs, Call, Const, Graph, Node, Operand
from tinydeploy.ops import shapes

resolver = "AddSoftmax"

DEPTH_MAX = 4095  # the sum of exponentials has 12 integer bits


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
    """A call of td_softmax_s8."""
    values, output = graph.input(node, 0), graph.output(node)
    beta = node.attrs["beta"]
    assert isinstance(beta, float)
    exps = softmax_exps(values.scale, beta)
    return Call(
        node=node.index,
        kernel="td_softmax_s8",
        params=(
            ("rows", values.size // values.shape[-1]),
            ("depth", values.shape[-1]),
            ("exp_count", len(exps)),
            ("exps", Const("exps", np.array(exps, np.int32))),
        ),
        args=(Operand(values.index), Operand(output.index, output=True)),
        in_place=True,
        sources=shapes.sources("td_softmax_s8", "td_fixedpoint"),
    )
