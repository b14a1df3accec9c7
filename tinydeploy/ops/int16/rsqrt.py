"""RSQRT on int16, of inputs that are never negative."""

from __future__ import annotations

import numpy as np

from tinydeploy.fixedpoint import quantize_multiplier
from tinydeploy.graph import Aim, Call, Graph, Node, Operand
from tinydeploy.ops import shapes
from tinydeploy.ops.int16 import sums


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values = graph.input(node, 0)
    reason = sums.refuse_types((values, graph.output(node)))
    return reason or (f"{values.name} is a constant" if values.data is not None else "")


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_rsqrt_s16."""
    values, output = graph.input(node, 0), graph.output(node)
    root = np.sqrt(np.float32(values.scale)) * np.float32(output.scale)
    multiplier, shift = quantize_multiplier(1 / float(root))
    return Call(
        node=node.index,
        kernel="td_rsqrt_s16",
        params=(("size", output.size), ("multiplier", multiplier), ("shift", shift)),
        args=(Operand(values.index), Operand(output.index, output=True)),
        in_place=True,
        sources=shapes.sources("td_rsqrt_s16", "td_inverse_root", "td_fixedpoint"),
    )
