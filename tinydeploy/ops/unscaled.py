"""INT32 and BOOL: how operators run on whole numbers and on conditions, which have no scale: what
TensorFlow Lite Micro adds, multiplies and compares as they are.

Each entry has `refuse` and `lower` as the operator's own module has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tinydeploy.graph import Aim, Call, Graph, Node, Operand, Param
from tinydeploy.ops import broadcast, pad, shapes

if TYPE_CHECKING:
    from tinydeploy.ops import Lowering


def _refuse_types(graph: Graph, node: Node, inputs: str, output: str) -> str:
    for index, dtype in (*((i, inputs) for i in node.inputs), (node.outputs[0], output)):
        tensor = graph.tensor(index)
        if tensor.dtype != dtype:
            return f"{tensor.name} is {tensor.dtype}, not {dtype}"
    return ""


@dataclass(frozen=True)
class Pair:
    """An operator of two operands of type `inputs`, broadcast; `params` are the kernel's, besides
    the layout."""

    kernel: str
    params: Mapping[str, int] = field(default_factory=dict)
    inputs: str = "int32"
    output: str = "int32"

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        if node.attrs.get("activation", "NONE") != "NONE":
            return f"fused activation {node.attrs['activation']} of whole numbers"
        reason = _refuse_types(graph, node, self.inputs, self.output)
        return reason or broadcast.refuse_shapes(graph, node)

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of the kernel."""
        return Call(
            node=node.index,
            kernel=self.kernel,
            params=(*broadcast.layout(graph, node).items(), *self.params.items()),
            args=broadcast.args(graph, node),
            in_place=broadcast.in_place(graph, node),
            overlaps=broadcast.overlaps(graph, node),
            sources=shapes.sources(self.kernel, "td_broadcast_body", "td_broadcast"),
        )


def _compared(kernel: str, inputs: str, less: bool, equal: bool, greater: bool) -> Pair:
    """A comparison, by where it holds."""
    params = {"if_less": int(less), "if_equal": int(equal), "if_greater": int(greater)}
    return Pair(kernel, params, inputs, "bool")


class Pad:
    """PAD with zero, and PADV2 with a given constant."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        tensors = [graph.input(node, 0), graph.output(node)]
        if graph.has_input(node, 2):
            tensors.append(graph.input(node, 2))
            if tensors[2].data is None or tensors[2].size != 1:
                return f"the value {tensors[2].name} is not one constant"
        for tensor in tensors:
            if tensor.dtype != "int32":
                return f"{tensor.name} is {tensor.dtype}, not int32"
        if tensors[0].data is not None:
            return f"{tensors[0].name} is a constant"
        return pad.refuse_amounts(graph, node)

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_pad_s32."""
        value = graph.input(node, 2).data if graph.has_input(node, 2) else None
        params: dict[str, Param] = {
            **pad.layout(graph, node),
            "value": 0 if value is None else int(value.reshape(-1)[0]),
        }
        return Call(
            node=node.index,
            kernel="td_pad_s32",
            params=tuple(params.items()),
            args=(Operand(node.inputs[0]), Operand(node.outputs[0], output=True)),
            sources=shapes.sources("td_pad_s32", "td_pad_body"),
        )


INT32: dict[str, Lowering] = {
    "ADD": Pair("td_add_s32", {"sign": 1}),
    "DIV": Pair("td_div_s32"),
    "EQUAL": _compared("td_compare_s32", "int32", less=False, equal=True, greater=False),
    "GREATER": _compared("td_compare_s32", "int32", less=False, equal=False, greater=True),
    "GREATER_EQUAL": _compared("td_compare_s32", "int32", less=False, equal=True, greater=True),
    "LESS": _compared("td_compare_s32", "int32", less=True, equal=False, greater=False),
    "LESS_EQUAL": _compared("td_compare_s32", "int32", less=True, equal=True, greater=False),
    "MAXIMUM": Pair("td_maximum_s32", {"flip": 0}),
    "MINIMUM": Pair("td_maximum_s32", {"flip": -1}),
    "MUL": Pair("td_mul_s32"),
    "NOT_EQUAL": _compared("td_compare_s32", "int32", less=True, equal=False, greater=True),
    "PAD": Pad(),
    "PADV2": Pad(),
    "SQUARED_DIFFERENCE": Pair("td_squared_difference_s32"),
    "SUB": Pair("td_add_s32", {"sign": -1}),
}

BOOL: dict[str, Lowering] = {
    "EQUAL": _compared("td_compare_u8", "bool", less=False, equal=True, greater=False),
    "NOT_EQUAL": _compared("td_compare_u8", "bool", less=True, equal=False, greater=True),
}
