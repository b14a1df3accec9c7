"""ADD, and SUB by its sign, with broadcasting."""

from __future__ import annotations

from typing import Any

from tinydeploy.fixedpoint import activation_range, quantize_multiplier
from tinydeploy.graph import Aim, Attrs, Call, Graph, Node, Param, Tensor
from tinydeploy.ops import broadcast, shapes
from tinydeploy.packing.add import Linear, Sum, linear

resolver = "AddAdd"

INPUT_BITS = 20  # headroom that the kernel gives its inputs


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {"activation": shapes.activation_name(options)}


def macs(graph: Graph, node: Node) -> int:
    """None are counted."""
    return 0


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    reason = broadcast.refuse(graph, node)
    if reason:
        return reason
    if node.attrs["activation"] not in shapes.FUSED:
        return f"fused activation {node.attrs['activation']}"
    return refuse_multipliers(graph, node, INPUT_BITS)


def refuse_multipliers(graph: Graph, node: Node, input_bits: int) -> str:
    """Why the scales do not suit a kernel that raises its inputs by `input_bits`."""
    if max(_real_multipliers(*_tensors(graph, node), input_bits)) >= 1:
        return "the output's scale is too small for the inputs' (a multiplier above one)"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_add_s8."""
    return call(graph, node, sign=1)


def call(graph: Graph, node: Node, sign: int) -> Call:
    """A call for the sum (sign 1) or difference (sign -1): of td_add_linear_s8, or where an input
    is broadcast td_add_linear_rows_s8, if that gives the same, else of td_add_s8."""
    first, second, output = _tensors(graph, node)
    (multiplier1, shift1), (multiplier2, shift2), (multiplier, shift) = (
        quantize_multiplier(real) for real in _real_multipliers(first, second, output, INPUT_BITS)
    )
    low, high = activation_range(str(node.attrs["activation"]), output)
    form = linear(
        Sum(
            offsets=(-first.zero_point, -second.zero_point),
            multipliers=(multiplier1, multiplier2),
            shifts=(shift1, shift2),
            sign=sign,
            output_multiplier=multiplier,
            output_shift=shift,
            output_offset=output.zero_point,
        )
    )
    if form is not None:
        return _linear_call(graph, node, form, (low, high))
    return Call(
        node=node.index,
        kernel="td_add_s8",
        params=tuple(params(graph, node, sign, INPUT_BITS).items()),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources("td_add_s8", "td_fixedpoint", "td_dsp_dw"),
    )


def params(graph: Graph, node: Node, sign: int, input_bits: int) -> dict[str, Param]:
    """Parameters of a kernel that raises its inputs by `input_bits`."""
    first, second, output = _tensors(graph, node)
    (multiplier1, shift1), (multiplier2, shift2), (multiplier, shift) = (
        quantize_multiplier(real) for real in _real_multipliers(first, second, output, input_bits)
    )
    low, high = activation_range(str(node.attrs["activation"]), output)
    return {
        **broadcast.layout(graph, node),
        "multiplier1": multiplier1,
        "multiplier2": multiplier2,
        "output_multiplier": multiplier,
        "shift1": shift1,
        "shift2": shift2,
        "output_shift": shift,
        "sign": sign,
        "offset1": -first.zero_point,
        "offset2": -second.zero_point,
        "output_offset": output.zero_point,
        "activation_min": low,
        "activation_max": high,
    }


def _linear_call(graph: Graph, node: Node, form: Linear, activation: tuple[int, int]) -> Call:
    output = graph.output(node)
    whole = all(graph.tensor(i).size == output.size for i in node.inputs)
    kernel = "td_add_linear_s8" if whole else "td_add_linear_rows_s8"
    params: dict[str, Param] = {
        **({"count": output.size} if whole else broadcast.layout(graph, node)),
        "multiplier1": form.multipliers[0],
        "multiplier2": form.multipliers[1],
        "offset": form.offset,
        "activation_min": activation[0],
        "activation_max": activation[1],
    }
    return Call(
        node=node.index,
        kernel=kernel,
        params=tuple(params.items()),
        args=broadcast.args(graph, node),
        in_place=broadcast.in_place(graph, node),
        overlaps=broadcast.overlaps(graph, node),
        sources=shapes.sources(kernel, "td_add_linear", "td_fixedpoint", "td_dsp_dw", "td_mve"),
    )


def _tensors(graph: Graph, node: Node) -> tuple[Tensor, Tensor, Tensor]:
    return graph.input(node, 0), graph.input(node, 1), graph.output(node)


def _real_multipliers(
    first: Tensor, second: Tensor, output: Tensor, input_bits: int
) -> tuple[float, float, float]:
    """In float64, as the reference; halving the larger keeps both inputs' below one."""
    twice = 2 * max(first.scale, second.scale)
    return first.scale / twice, second.scale / twice, twice / ((1 << input_bits) * output.scale)
