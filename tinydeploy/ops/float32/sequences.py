"""Running sums, sums of many tensors, rows of length one, the LSTM and SVDF on float32."""

from __future__ import annotations

import numpy as np

from tinydeploy.graph import Aim, Call, Const, Graph, Node, Operand, Param
from tinydeploy.ops import add_n, cumsum, shapes, svdf
from tinydeploy.ops import unidirectional_sequence_lstm as lstm
from tinydeploy.ops.float32 import values


class AddN:
    """ADD_N."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        inputs, output = [graph.tensor(i) for i in node.inputs], graph.output(node)
        for tensor in inputs:
            if tensor.dtype != "float32":
                return f"{tensor.name} is {tensor.dtype}, not float32"
            if tensor.shape != output.shape:
                return "the inputs are not all of the output's shape"
        if all(tensor.data is not None for tensor in inputs):
            return "all inputs are constants"
        return values.refuse((output,))

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_add_n_f32."""
        inputs, output = [graph.tensor(i) for i in node.inputs], graph.output(node)
        return Call(
            node=node.index,
            kernel="td_add_n_f32",
            params=(("size", output.size), ("count", len(inputs))),
            args=(add_n.operands(inputs), Operand(output.index, output=True)),
            in_place=inputs[0].data is None,
            sources=shapes.sources("td_add_n_f32"),
        )


class CumSum:
    """CUMSUM along a constant axis."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        reason = values.refuse((graph.input(node, 0), graph.output(node)))
        return reason or cumsum.refuse_axis(graph, node)

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_cumsum_f32."""
        params: dict[str, Param] = {
            **cumsum.walk(graph, node),
            "exclusive": int(bool(node.attrs["exclusive"])),
            "reverse": int(bool(node.attrs["reverse"])),
        }
        return values.plain_call(graph, node, "td_cumsum_f32", params)


class L2Normalization:
    """L2_NORMALIZATION over the last dimension."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        if node.attrs["activation"] != "NONE":
            return f"fused activation {node.attrs['activation']}"
        return values.refuse((graph.input(node, 0), graph.output(node)))

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_l2_normalization_f32."""
        tensor = graph.input(node, 0)
        depth = tensor.shape[-1]
        params: dict[str, Param] = {"rows": tensor.size // depth, "depth": depth}
        return values.plain_call(graph, node, "td_l2_normalization_f32", params)


class Lstm:
    """UNIDIRECTIONAL_SEQUENCE_LSTM from a state of zero in each inference."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        reason = values.refuse((graph.input(node, 0), graph.output(node)))
        return reason or lstm.refuse_form(graph, node, ("float32",), ("float32",))

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_lstm_f32."""
        clip = node.attrs["cell_clip"]
        assert isinstance(clip, float)
        params: dict[str, Param] = {**lstm.sizes(graph, node), "cell_clip": clip}
        bias = lstm.stacked(graph, node)
        return lstm.call(graph, node, "td_lstm_f32", params, bias, 4, "td_float")


class Svdf:
    """SVDF, whose memory lives on from one inference to the next."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        weights = [graph.input(node, position) for position in (1, 2)]
        if graph.has_input(node, 3):
            weights.append(graph.input(node, 3))
        for tensor in weights:
            if tensor.data is None or tensor.dtype != "float32":
                return f"{tensor.name} is not a constant float32 tensor"
        state = graph.input(node, 4)
        if state.initial is None or state.dtype != "float32":
            return f"the state {state.name} is not a float32 variable"
        reason = values.refuse((graph.input(node, 0), graph.output(node)))
        return reason or values.refuse_activation(node)

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_svdf_f32."""
        feature, time = graph.input(node, 1).data, graph.input(node, 2).data
        output = graph.output(node)
        bias = graph.input(node, 3).data if graph.has_input(node, 3) else None
        assert feature is not None and time is not None
        params: dict[str, Param] = {**svdf.sizes(graph, node), **values.activation(node)}
        return Call(
            node=node.index,
            kernel="td_svdf_f32",
            params=tuple(params.items()),
            args=(
                Operand(node.inputs[0]),
                Const("feature", feature),
                Const("time", time),
                Const("bias", np.zeros(output.shape[1], np.float32) if bias is None else bias),
                Operand(output.index, output=True),
                Operand(node.inputs[4], output=True),
            ),
            sources=shapes.sources("td_svdf_f32", "td_float"),
        )
