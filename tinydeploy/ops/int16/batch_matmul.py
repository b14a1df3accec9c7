"""BATCH_MATMUL on int16."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node, Param
from tinydeploy.ops import batch_matmul, shapes
from tinydeploy.ops.int16 import sums


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    return (
        sums.refuse_types((first, second, output))
        or sums.refuse_multipliers(sums.reals(first, second, output))
        or batch_matmul.refuse_shapes(graph, node)
    )


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_batch_matmul_s16."""
    first, second, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    multiplier, shift = sums.wide(first.scale * second.scale / output.scale)
    params: dict[str, Param] = {
        **batch_matmul.geometry(graph, node),
        "multiplier": multiplier,
        "shift": shift,
    }
    return Call(
        node=node.index,
        kernel="td_batch_matmul_s16",
        params=tuple(params.items()),
        args=batch_matmul.args(graph, node),
        sources=shapes.sources("td_batch_matmul_s16", "td_fixedpoint", "td_wide"),
    )
