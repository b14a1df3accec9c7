"""UNIDIRECTIONAL_SEQUENCE_LSTM on int16 with int8 weights and 64-bit biases."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import unidirectional_sequence_lstm as lstm
from tinydeploy.ops.int16 import sums


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    tensors = (graph.input(node, 0), graph.output(node))
    return sums.refuse_types(tensors) or lstm.refuse_quantized(graph, node, "int16", "int64")


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_lstm_s16."""
    params = {**lstm.sizes(graph, node), **lstm.scalings(graph, node, sums.wide)}
    bias = lstm.stacked(graph, node)
    return lstm.call(
        graph, node, "td_lstm_s16", params, bias, 2, "td_lstm_body", "td_wide", "td_fixedpoint"
    )
