"""What the six comparisons share: all but which results hold."""

from __future__ import annotations

from tinydeploy.fixedpoint import quantize_multiplier
from tinydeploy.graph import Call, Graph, Node, Param
from tinydeploy.ops import broadcast, shapes


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    inputs, output = (graph.input(node, 0), graph.input(node, 1)), graph.output(node)
    reason = shapes.refuse_types(inputs)
    if reason:
        return reason
    if output.dtype != "bool":
        return f"{output.name} is {output.dtype}, not bool"
    for tensor in inputs:
        if tensor.scale >= 1:
            return f"{tensor.name} has a scale of 1 or more, which TensorFlow Lite Micro refuses"
    return broadcast.refuse_shapes(graph, node)


def call(graph: Graph, node: Node, less: bool, equal: bool, greater: bool) -> Call:
    """A call of td_compare_s8 that gives what is said where the first input is less, equal or
    greater."""
    first, second = graph.input(node, 0), graph.input(node, 1)
    multiplier1, shift1 = quantize_multiplier(first.scale)
    multiplier2, shift2 = quantize_multiplier(second.scale)
    params: dict[str, Param] = {
        **broadcast.layout(graph, node),
        "multiplier1": multiplier1,
        "multiplier2": multiplier2,
        "shift1": shift1,
        "shift2": shift2,
        "offset1": -first.zero_point,
        "offset2": -second.zero_point,
        "if_less": int(less),
        "if_equal": int(equal),
        "if_greater": int(greater),
    }
    return Call(
        node=node.index,
        kernel="td_compare_s8",
        params=tuple(params.items()),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources(
            "td_compare_s8", "td_broadcast_body", "td_broadcast", "td_fixedpoint"
        ),
    )
