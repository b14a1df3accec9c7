"""FULLY_CONNECTED on int16."""

from __future__ import annotations

import numpy as np

from tinydeploy.fixedpoint import activation_range
from tinydeploy.graph import Aim, Call, Const, Graph, Node, Operand, Param
from tinydeploy.ops import fully_connected, shapes
from tinydeploy.ops.int16 import packed, sums

_BIASES = ("int64", "int32")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    return (
        fully_connected.refuse_sizes(values, weights)
        or sums.refuse_types((values, output))
        or sums.refuse_filter(graph, node, channel_axis=0, types=_BIASES)
        or sums.refuse_multipliers(sums.reals(values, weights, output))
        or fully_connected.refuse_options(graph, node)
    )


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_fully_connected_packed_s16 where its proofs hold and the CPU has DSP
    instructions, else of td_fully_connected_s16."""
    if "dsp" not in aim.features or sums.is_narrow(graph, node):
        return reference(graph, node)
    return _packed(graph, node) or reference(graph, node)


def _packed(graph: Graph, node: Node) -> Call | None:
    values, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
    outputs, inputs = weights.shape
    bias = sums.bias_values(graph, node, outputs)
    activation = activation_range(str(node.attrs["activation"]), output)
    finish = packed.finish(sums.reals(values, weights, output), activation)
    assert weights.data is not None
    if isinstance(finish, str) or packed.refuse_sums(weights.data, bias):
        return None
    params: dict[str, Param] = {
        "batches": values.size // inputs,
        "input_size": inputs,
        "output_size": outputs,
        "per_channel": int(len(finish.multiplier) > 1),
        **finish.params(1),
    }
    return Call(
        node=node.index,
        kernel="td_fully_connected_packed_s16",
        params=tuple(params.items()),
        args=(
            Operand(values.index),
            Const("filter", packed.blocks(weights.data, 4, fill=False)),
            Const("bias", bias.astype(np.int32)),
            Operand(output.index, output=True),
        ),
        sources=shapes.sources(
            "td_fully_connected_packed_s16", "td_finish_s16", "td_fixedpoint", "td_dsp_dw"
        ),
    )


def reference(graph: Graph, node: Node) -> Call:
    """A call of td_fully_connected_s16, the portable kernel."""
    weights = graph.input(node, 1)
    outputs, inputs = weights.shape
    sizes: dict[str, Param] = {
        "batches": graph.input(node, 0).size // inputs,
        "input_size": inputs,
        "output_size": outputs,
        "per_channel": int(len(weights.scales) > 1),
    }
    narrow = sums.is_narrow(graph, node)
    return sums.portable(graph, node, "td_fully_connected_s16", sizes, narrow=narrow)
