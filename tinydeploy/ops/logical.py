"""What LOGICAL_AND and LOGICAL_OR share: all but whether one condition is enough."""

from __future__ import annotations

from tinydeploy.graph import Call, Graph, Node
from tinydeploy.ops import broadcast, shapes


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    tensors = [*(graph.tensor(i) for i in node.inputs), graph.output(node)]
    for tensor in tensors:
        if tensor.dtype != "bool":
            return f"{tensor.name} is {tensor.dtype}, not bool"
    return broadcast.refuse_shapes(graph, node)


def call(graph: Graph, node: Node, either: bool) -> Call:
    """A call of td_logical_u8."""
    return Call(
        node=node.index,
        kernel="td_logical_u8",
        params=(*broadcast.layout(graph, node).items(), ("either", int(either))),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources("td_logical_u8", "td_broadcast_body", "td_broadcast"),
    )
