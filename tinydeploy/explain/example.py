"""`example`: one output of one layer by hand, in real numbers and in the integers of the kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tinydeploy.explain.rescale import apply, rescale, rounds_once
from tinydeploy.explain.trace import Seen
from tinydeploy.explain.values import CODES
from tinydeploy.graph import Graph, Node
from tinydeploy.ops.conv2d import pads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

SHOWN_TERMS = 6
_LAYERS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def can_show(graph: Graph, node: Node) -> bool:
    """Whether the node is a layer of weights in integers."""
    if node.op not in _LAYERS:
        return False
    weights, values = graph.input(node, 1), graph.input(node, 0)
    integer = weights.dtype in CODES and values.dtype in CODES
    return integer and weights.data is not None and rescale(graph, node) is not None


def example(graph: Graph, node: Node, seen: Mapping[int, Seen]) -> dict[str, Any] | None:
    """The output that the first sample makes largest without reaching the end of the range.

    None when the layer has none. `code` is what this arithmetic gives, `found` the oracle's.
    """
    output, values = graph.output(node), graph.input(node, 0)
    held, taken = _first(seen, output.index), _first(seen, values.index)
    if held is None or taken is None:
        return None
    inner = np.flatnonzero(held < CODES[output.dtype][1])
    if not inner.size:
        return None
    element = int(inner[np.argmax(held[inner])])
    inputs, weights, channel = _terms(graph, node, element, taken)
    return _by_hand(graph, node, element, inputs, weights, channel, int(held[element]))


def _first(seen: Mapping[int, Seen], index: int) -> Integers | None:
    """The codes that the first sample left in a tensor."""
    held = seen[index].first if index in seen else None
    return None if held is None else held.astype(np.int64)


def _terms(
    graph: Graph, node: Node, element: int, taken: Integers
) -> tuple[list[int], list[int], int]:
    """Input codes and weight codes of every product of one output, and its channel."""
    filter_, values = graph.input(node, 1), graph.input(node, 0)
    assert filter_.data is not None
    weights = filter_.data.astype(np.int64)
    if node.op == "FULLY_CONNECTED":
        batch, channel = divmod(element, weights.shape[0])
        row = taken.reshape(-1, weights.shape[1])[batch]
        return row.tolist(), weights[channel].tolist(), channel
    image = taken.reshape(values.shape)
    batch, y, x, channel = (int(i) for i in np.unravel_index(element, graph.output(node).shape))
    depthwise = node.op == "DEPTHWISE_CONV_2D"
    kernel = weights[0, :, :, channel : channel + 1] if depthwise else weights[channel]
    multiplier = graph.output(node).shape[3] // values.shape[3] if depthwise else 1
    group = 0 if depthwise else channel // (weights.shape[0] * kernel.shape[2] // values.shape[3])
    first = channel // multiplier if depthwise else group * kernel.shape[2]
    inputs, used = [], []
    for ky, kx, k in np.ndindex(*kernel.shape):
        row, column = _place(graph, node, y, ky, 0), _place(graph, node, x, kx, 1)
        if 0 <= row < values.shape[1] and 0 <= column < values.shape[2]:
            inputs.append(int(image[batch, row, column, first + k]))
            used.append(int(kernel[ky, kx, k]))
    return inputs, used, channel


def _place(graph: Graph, node: Node, at: int, tap: int, axis: int) -> int:
    stride, dilation = node.attrs["stride"], node.attrs["dilation"]
    assert isinstance(stride, tuple) and isinstance(dilation, tuple)
    before = pads(graph, node)[axis]
    return at * stride[axis] - before + tap * dilation[axis]


def _by_hand(
    graph: Graph,
    node: Node,
    element: int,
    inputs: list[int],
    weights: list[int],
    channel: int,
    found: int,
) -> dict[str, Any]:
    values, filter_, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    scaling = rescale(graph, node)
    assert scaling is not None
    factor = scaling.factors[channel % len(scaling.factors)]
    weight_scale = filter_.scales[channel % len(filter_.scales)]
    zero = values.zero_point
    products = [(x - zero) * w for x, w in zip(inputs, weights, strict=True)]
    order = sorted(range(len(products)), key=lambda i: -abs(products[i]))
    bias_tensor = graph.input(node, 2) if graph.has_input(node, 2) else None
    bias = 0
    if bias_tensor is not None and bias_tensor.data is not None:
        bias = int(bias_tensor.data.reshape(-1)[channel])
    total = sum(products) + bias
    scaled = apply(total, factor, rounds_once(graph, node))
    low, high = CODES[output.dtype]
    if str(node.attrs.get("activation", "NONE")).startswith("RELU"):
        low = max(low, output.zero_point)
    code = min(max(scaled + output.zero_point, low), high)
    unit = values.scale * weight_scale
    return {
        "layer": node.index,
        "op": node.op,
        "name": node.name,
        "position": [int(i) for i in np.unravel_index(element, output.shape)],
        "input": {"scale": values.scale, "zero_point": zero, "dtype": values.dtype},
        "weight": {"scale": weight_scale, "channel": channel, "dtype": filter_.dtype},
        "output": {"scale": output.scale, "zero_point": output.zero_point, "dtype": output.dtype},
        "terms": [
            {
                "input_code": inputs[i],
                "input": (inputs[i] - zero) * values.scale,
                "weight_code": weights[i],
                "weight": weights[i] * weight_scale,
                "product": products[i],
                "real_product": products[i] * unit,
            }
            for i in order[:SHOWN_TERMS]
        ],
        "term_count": len(products),
        "products": sum(products),
        "bias": bias,
        "sum": total,
        "real_sum": total * unit,
        "real_multiplier": factor.real,
        "multiplier": factor.multiplier,
        "shift": factor.shift,
        "exact_rescaled": total * factor.real,
        "rescaled": scaled,
        "rounding": scaling.rounding,
        "code": code,
        "found": found,
        "real": (code - output.zero_point) * output.scale,
    }
