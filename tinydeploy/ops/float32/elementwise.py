"""Operators on single float32 elements and on pairs of them, each a kernel of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tinydeploy.graph import Aim, Call, Graph, Node, Operand, Param
from tinydeploy.ops import shapes
from tinydeploy.ops.float32 import values

MOST = float(np.finfo(np.float32).max)


def _none(node: Node) -> dict[str, Param]:
    return {}


def alpha(node: Node) -> dict[str, Param]:
    """LEAKY_RELU's slope."""
    slope = node.attrs["alpha"]
    assert isinstance(slope, float)
    return {"alpha": slope}


@dataclass(frozen=True)
class Single:
    """An operator of one operand; `params` are the kernel's, besides the size."""

    kernel: str
    params: Callable[[Node], dict[str, Param]] = _none

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        return values.refuse((graph.input(node, 0), graph.output(node)))

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of the kernel."""
        params: dict[str, Param] = {"size": graph.output(node).size, **self.params(node)}
        return Call(
            node=node.index,
            kernel=self.kernel,
            params=tuple(params.items()),
            args=(Operand(node.inputs[0]), Operand(node.outputs[0], output=True)),
            in_place=True,
            sources=shapes.sources(self.kernel),
        )


def clamp(low: float, high: float) -> Single:
    """Between two bounds."""
    return Single("td_clamp_f32", lambda node: {"low": low, "high": high})


@dataclass(frozen=True)
class Pair:
    """An operator of two operands, broadcast; `activated` when an activation may be fused."""

    kernel: str
    activated: bool = False

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        reason = values.refuse_activation(node) if self.activated else ""
        return reason or values.refuse((graph.output(node),)) or values.refuse_operands(graph, node)

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of the kernel."""
        params = values.activation(node) if self.activated else {}
        return values.broadcast_call(graph, node, self.kernel, params, "td_broadcast_body")


@dataclass(frozen=True)
class Comparison:
    """A comparison, to bool: where it holds, and whether for NaN."""

    less: bool = False
    equal: bool = False
    greater: bool = False
    unordered: bool = False
    kernel: str = field(default="td_compare_f32", init=False)

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        output = graph.output(node)
        if output.dtype != "bool":
            return f"{output.name} is {output.dtype}, not bool"
        return values.refuse_operands(graph, node)

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_compare_f32."""
        params: dict[str, Param] = {
            "if_less": int(self.less),
            "if_equal": int(self.equal),
            "if_greater": int(self.greater),
            "if_unordered": int(self.unordered),
        }
        return values.broadcast_call(graph, node, self.kernel, params, "td_broadcast_body")


class Select:
    """SELECT and SELECT_V2 between two float tensors by a condition, with broadcasting."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        condition = graph.input(node, 0)
        if condition.dtype != "bool":
            return f"{condition.name} is {condition.dtype}, not bool"
        if node.op == "SELECT" and condition.shape != graph.output(node).shape:
            return f"the condition {condition.name} chooses rows, not elements: use SELECT_V2"
        return values.refuse_operands(graph, node, first=1)

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_select_f32."""
        return values.broadcast_call(graph, node, "td_select_f32", {}, "td_select_body", first=1)
