"""ADD, and SUB by its sign, on int16."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import add, broadcast, shapes

_INPUT_BITS = 15  # headroom that the kernel gives its inputs


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    reason = broadcast.refuse(graph, node, "int16")
    if not reason and node.attrs["activation"] not in shapes.FUSED:
        reason = f"fused activation {node.attrs['activation']}"
    return reason or add.refuse_multipliers(graph, node, _INPUT_BITS)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_add_s16."""
    return call(graph, node, sign=1)


def call(graph: Graph, node: Node, sign: int) -> Call:
    """A call of td_add_s16 for the sum (sign 1) or the difference (sign -1)."""
    return Call(
        node=node.index,
        kernel="td_add_s16",
        params=tuple(add.params(graph, node, sign, _INPUT_BITS).items()),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources("td_add_s16", "td_fixedpoint", "td_dsp_dw"),
    )
