"""What AVERAGE_POOL_2D and MAX_POOL_2D share: all but the kernel."""

from __future__ import annotations

from typing import Any

from tinydeploy.arena import Window
from tinydeploy.fixedpoint import activation_range
from tinydeploy.graph import Attrs, Call, Graph, Node, Operand
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
    taps, stride = _pair(node, "filter"), _pair(node, "stride")
    for axis in (0, 1):
        sizes = (image.shape[axis + 1], output.shape[axis + 1], taps[axis])
        if not shapes.same_or_valid(str(node.attrs["padding"]), *sizes, stride[axis]):
            return f"output size {sizes[1]} does not follow from input, filter and stride"
    return ""


def lower(graph: Graph, node: Node, kernel: str, *headers: str) -> Call:
    """A call of a pooling kernel."""
    image, output = graph.input(node, 0), graph.output(node)
    taps, stride = _pair(node, "filter"), _pair(node, "stride")
    pad = [
        shapes.pad_before(
            str(node.attrs["padding"]),
            image.shape[axis + 1],
            output.shape[axis + 1],
            taps[axis],
            stride[axis],
        )
        for axis in (0, 1)
    ]
    window = Window(image.shape[1], output.shape[1], taps[0], stride[0], pad[0])
    low, high = activation_range(str(node.attrs["activation"]), output)
    return Call(
        node=node.index,
        kernel=kernel,
        params=(
            ("batches", image.shape[0]),
            ("input_height", image.shape[1]),
            ("input_width", image.shape[2]),
            ("channels", image.shape[3]),
            ("output_height", output.shape[1]),
            ("output_width", output.shape[2]),
            ("filter_height", taps[0]),
            ("filter_width", taps[1]),
            ("stride_height", stride[0]),
            ("stride_width", stride[1]),
            ("pad_top", pad[0]),
            ("pad_left", pad[1]),
            ("activation_min", low),
            ("activation_max", high),
        ),
        args=(Operand(image.index), Operand(output.index, output=True)),
        overlaps=((image.index, shapes.window_steps(image, output, window, taps[1] * stride[1])),),
        sources=shapes.sources(kernel, "td_fixedpoint", "td_window", *headers),
    )


def _pair(node: Node, name: str) -> tuple[int, ...]:
    pair = node.attrs[name]
    assert isinstance(pair, tuple)
    return pair
