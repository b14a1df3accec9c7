"""What AVERAGE_POOL_2D and MAX_POOL_2D share: all but the kernel."""

from __future__ import annotations

from typing import Any

from tinydeploy.arena import Step, Window
from tinydeploy.fixedpoint import activation_range
from tinydeploy.graph import Attrs, Call, Graph, Node, Operand, Param
from tinydeploy.ops import shapes


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {
        "padding": shapes.padding_name(options),
        "stride": (options.StrideH(), options.StrideW()),
        "filter": (options.FilterHeight(), options.FilterWidth()),
        "activation": shapes.activation_name(options),
    }


def macs(graph: Graph, node: Node) -> int:
    """None: pooling multiplies nothing."""
    return 0


def refuse(graph: Graph, node: Node, dtype: str = "int8") -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    image, output = graph.input(node, 0), graph.output(node)
    reason = shapes.refuse_types((image, output), dtype) or shapes.refuse_sizes(image, output)
    if reason:
        return reason
    if abs(image.scale - output.scale) > 1e-6 or image.zero_point != output.zero_point:
        return "input and output have different scales or zero points"
    if node.attrs["activation"] not in shapes.FUSED:
        return f"fused activation {node.attrs['activation']}"
    return refuse_window(graph, node)


def refuse_window(graph: Graph, node: Node) -> str:
    """Why the window does not give the output's size; empty when it does."""
    image, output = graph.input(node, 0), graph.output(node)
    taps, stride = _pair(node, "filter"), _pair(node, "stride")
    for axis in (0, 1):
        sizes = (image.shape[axis + 1], output.shape[axis + 1], taps[axis])
        if not shapes.same_or_valid(str(node.attrs["padding"]), *sizes, stride[axis]):
            return f"output size {sizes[1]} does not follow from input, filter and stride"
    return ""


def lower(graph: Graph, node: Node, kernel: str, *headers: str) -> Call:
    """A call of a pooling kernel."""
    image, output = graph.input(node, 0), graph.output(node)
    low, high = activation_range(str(node.attrs["activation"]), output)
    return Call(
        node=node.index,
        kernel=kernel,
        params=(
            *window(graph, node).items(),
            ("activation_min", low),
            ("activation_max", high),
        ),
        args=(Operand(image.index), Operand(output.index, output=True)),
        overlaps=overlaps(graph, node),
        sources=shapes.sources(kernel, "td_fixedpoint", "td_window", *headers),
    )


def window(graph: Graph, node: Node) -> dict[str, Param]:
    """Sizes, window and padding as kernel parameters."""
    image, output = graph.input(node, 0), graph.output(node)
    taps, stride, pad = _pair(node, "filter"), _pair(node, "stride"), _pads(graph, node)
    return {
        "batches": image.shape[0],
        "input_height": image.shape[1],
        "input_width": image.shape[2],
        "channels": image.shape[3],
        "output_height": output.shape[1],
        "output_width": output.shape[2],
        "filter_height": taps[0],
        "filter_width": taps[1],
        "stride_height": stride[0],
        "stride_width": stride[1],
        "pad_top": pad[0],
        "pad_left": pad[1],
    }


def overlaps(graph: Graph, node: Node) -> tuple[tuple[int, tuple[Step, ...]], ...]:
    """How the output may lie over the input."""
    image, output = graph.input(node, 0), graph.output(node)
    taps, stride, pad = _pair(node, "filter"), _pair(node, "stride"), _pads(graph, node)
    rows = Window(image.shape[1], output.shape[1], taps[0], stride[0], pad[0])
    return ((image.index, shapes.window_steps(image, output, rows, taps[1] * stride[1])),)


def _pads(graph: Graph, node: Node) -> tuple[int, int]:
    image, output = graph.input(node, 0), graph.output(node)
    taps, stride = _pair(node, "filter"), _pair(node, "stride")
    padding = str(node.attrs["padding"])
    top, left = (
        shapes.pad_before(padding, image.shape[i + 1], output.shape[i + 1], taps[i], stride[i])
        for i in (0, 1)
    )
    return top, left


def _pair(node: Node, name: str) -> tuple[int, ...]:
    pair = node.attrs[name]
    assert isinstance(pair, tuple)
    return pair
