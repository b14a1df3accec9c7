"""What the operators with int16 activations and int8 filters share: checks, biases and how their
64-bit sums are scaled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.arena import Step
from tinydeploy.fixedpoint import activation_range, quantize_multiplier
from tinydeploy.graph import Call, Const, Graph, Node, Operand, Param, Tensor
from tinydeploy.ops import shapes

if TYPE_CHECKING:
    from tinydeploy.graph import Array

_SHIFT_MAX = 7  # to the left, which the oracle takes


def refuse_types(tensors: Sequence[Tensor]) -> str:
    """Why tensors cannot be int16 operands around zero; empty when they can."""
    reason = shapes.refuse_types(tensors, "int16")
    for tensor in tensors:
        if not reason and tensor.zero_point:
            reason = f"{tensor.name} has a zero point other than 0"
    return reason


def refuse_filter(
    graph: Graph, node: Node, channel_axis: int, bias: int = 2, types: Sequence[str] = ("int64",)
) -> str:
    """Why filter (input 1) and bias (input `bias`, of one of `types`) are not what the kernels
    take."""
    weights = graph.input(node, 1)
    reason = shapes.refuse_weights(weights, channel_axis)
    if reason or not graph.has_input(node, bias):
        return reason
    added = graph.input(node, bias)
    if added.dtype not in types or added.data is None:
        return f"bias {added.name} is not a constant {' or '.join(types)} tensor"
    return ""


def refuse_multipliers(reals: Sequence[float]) -> str:
    """Why sums cannot be scaled so; empty when they can."""
    if max(quantize_multiplier(real)[1] for real in reals) > _SHIFT_MAX:
        return f"the output's scale is too small: a multiplier of {1 << _SHIFT_MAX} or more"
    return ""


def reals(values: Tensor, weights: Tensor, output: Tensor) -> list[float]:
    """What the sums of each channel, or of all, are multiplied by."""
    return [values.scale * scale / output.scale for scale in weights.scales]


def is_narrow(graph: Graph, node: Node, bias: int = 2) -> bool:
    """Whether the oracle sums up in 32 bits: the bias says so or, without one, an option."""
    if graph.has_input(node, bias):
        return graph.input(node, bias).dtype == "int32"
    return node.attrs.get("bias_type") == "int32"


def bias_values(graph: Graph, node: Node, channels: int, bias: int = 2) -> Array:
    """The bias in 64 bits; zeros when it is absent."""
    data = graph.input(node, bias).data if graph.has_input(node, bias) else None
    return np.zeros(channels, np.int64) if data is None else data.astype(np.int64)


def wide(real: float) -> tuple[int, int]:
    """A real multiplier as 15 bits and the right shift of the product with a 64-bit sum."""
    multiplier, shift = quantize_multiplier(real)
    # As the oracle: rounded, but for what would round to 2**15.
    reduced = (multiplier + (1 << 15)) >> 16 if multiplier < 0x7FFF0000 else 0x7FFF
    return reduced, 15 - shift


def scaling(reals: Sequence[float], narrow: bool, channels: int | None = None) -> dict[str, Param]:
    """Multipliers and shifts as kernel parameters: of each of `channels`, or as many as there
    are."""
    pairs = [quantize_multiplier(real) if narrow else wide(real) for real in reals]
    if channels is not None and len(pairs) == 1:
        pairs *= channels
    return {
        "multiplier": Const("multiplier", np.array([pair[0] for pair in pairs], np.int32)),
        "shift": Const("shift", np.array([pair[1] for pair in pairs], np.int8)),
    }


def portable(
    graph: Graph,
    node: Node,
    kernel: str,
    sizes: dict[str, Param],
    *,
    narrow: bool | None = None,
    channels: int | None = None,
    image: int = 0,
    bias: int = 2,
    overlaps: tuple[tuple[int, tuple[Step, ...]], ...] = (),
    headers: Sequence[str] = (),
) -> Call:
    """A call of the portable kernel of an operator with filter (input 1) and bias (input `bias`).

    `narrow` is a parameter of the kernels that sum up in 32 bits, too; multipliers are given for
    each of `channels`, or as many as there are.
    """
    values, output, weights = graph.input(node, image), graph.output(node), graph.input(node, 1)
    low, high = activation_range(str(node.attrs["activation"]), output)
    params: dict[str, Param] = {**sizes, "activation_min": low, "activation_max": high}
    if narrow is not None:
        params["narrow"] = int(narrow)
    params |= scaling(reals(values, weights, output), bool(narrow), channels)
    assert weights.data is not None
    return Call(
        node=node.index,
        kernel=kernel,
        params=tuple(params.items()),
        args=(
            Operand(values.index),
            Const("filter", weights.data),
            Const("bias", bias_values(graph, node, output.shape[-1], bias)),
            Operand(output.index, output=True),
        ),
        overlaps=overlaps,
        sources=shapes.sources(kernel, "td_fixedpoint", "td_wide", *headers),
    )
