"""LOG_SOFTMAX over the last dimension; exponentials and differences are tabulated."""

from __future__ import annotations

import numpy as np

from tinydeploy.fixedpoint import softmax_differences, softmax_exps
from tinydeploy.graph import Aim, Call, Const, Graph, Node, Operand
from tinydeploy.ops import shapes
from tinydeploy.ops.relu import macs, read
from tinydeploy.ops.softmax import DEPTH_MAX

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddLogSoftmax"

_LOWEST = -(16 << 26)  # of a difference in units of 2**-26 that is more than the lowest output


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output = graph.input(node, 0), graph.output(node)
    reason = shapes.refuse_types((values, output))
    if reason:
        return reason
    if values.data is not None:
        return f"{values.name} is a constant"
    if output.zero_point != 127 or output.scale != 1 / 16:
        return "the output's scale is not 1/16 with zero point 127"
    if values.shape[-1] > DEPTH_MAX:
        return f"{values.shape[-1]} classes are more than {DEPTH_MAX}"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_log_softmax_s8."""
    values, output = graph.input(node, 0), graph.output(node)
    exps = softmax_exps(values.scale, 1)
    scaled = [step for step in softmax_differences(values.scale, 1) if step > _LOWEST]
    return Call(
        node=node.index,
        kernel="td_log_softmax_s8",
        params=(
            ("rows", values.size // values.shape[-1]),
            ("depth", values.shape[-1]),
            ("exp_count", len(exps)),
            ("scaled_count", len(scaled)),
            ("exps", Const("exps", np.array(exps, np.int32))),
            ("scaled", Const("scaled", np.array(scaled, np.int32))),
        ),
        args=(Operand(values.index), Operand(output.index, output=True)),
        in_place=True,
        sources=shapes.sources("td_log_softmax_s8", "td_fixedpoint"),
    )
