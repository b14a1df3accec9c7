"""ADD_N: the sum of tensors that share shape, scale and zero point."""

from __future__ import annotations

from collections.abc import Sequence

from tinydeploy.fixedpoint import quantize_multiplier
from tinydeploy.graph import Aim, Call, Const, Graph, Inputs, Node, Operand, Tensor
from tinydeploy.ops import shapes
from tinydeploy.ops.relu import macs, read

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddAddN"

_SUM_BITS = 19  # of fraction that the kernels give to sums before they are scaled


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    inputs, output = [graph.tensor(i) for i in node.inputs], graph.output(node)
    reason = shapes.refuse_types((*inputs, output)) or shapes.refuse_scales(inputs[1:], inputs[0])
    if reason:
        return reason
    if any(tensor.shape != output.shape for tensor in inputs):
        return "the inputs are not all of the output's shape"
    if sum_multiplier(inputs[0], output) >= 1:
        return shapes.TOO_FINE
    return "all inputs are constants" if all(t.data is not None for t in inputs) else ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_add_n_s8."""
    inputs, output = [graph.tensor(i) for i in node.inputs], graph.output(node)
    multiplier, shift = sum_scaling(inputs[0], output)
    return Call(
        node=node.index,
        kernel="td_add_n_s8",
        params=(
            ("size", output.size),
            ("count", len(inputs)),
            ("multiplier", multiplier),
            ("shift", shift),
            ("input_offset", -inputs[0].zero_point),
            ("output_offset", output.zero_point),
        ),
        args=(
            operands(inputs),
            Operand(output.index, output=True),
        ),
        in_place=inputs[0].data is None,
        sources=shapes.sources("td_add_n_s8", "td_fixedpoint"),
    )


def operands(inputs: Sequence[Tensor]) -> Inputs:
    """All inputs, constants among them as such."""
    return Inputs(
        tuple(
            t.index if t.data is None else Const(f"input{i}", t.data) for i, t in enumerate(inputs)
        )
    )


def sum_scaling(values: Tensor, output: Tensor) -> tuple[int, int]:
    """Multiplier and shift from sums of elements with _SUM_BITS of fraction to the output."""
    return quantize_multiplier(sum_multiplier(values, output))


def sum_multiplier(values: Tensor, output: Tensor) -> float:
    """The real multiplier, which the oracle takes below one only."""
    return 2 * values.scale / (2.0 ** (_SUM_BITS + 1) * output.scale)
