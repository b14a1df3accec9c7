"""RESIZE_BILINEAR, with ten bits of fraction as the oracle."""

from __future__ import annotations

from typing import Any

from tinydeploy.graph import Aim, Attrs, Call, Graph, Node, Operand
from tinydeploy.ops import shapes
from tinydeploy.ops.relu import macs

__all__ = ["lower", "macs", "read", "refuse", "resolver"]

resolver = "AddResizeBilinear"

_ONE = 1024


def read(options: Any) -> Attrs:
    """Options as plain attributes."""
    return {"corners": bool(options.AlignCorners()), "centers": bool(options.HalfPixelCenters())}


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    image, output = graph.input(node, 0), graph.output(node)
    reason = shapes.refuse_types((image, output)) or shapes.refuse_sizes(image, output)
    if reason:
        return reason
    if image.data is not None:
        return f"{image.name} is a constant"
    if (image.shape[0], image.shape[3]) != (output.shape[0], output.shape[3]):
        return f"output shape {output.shape} does not follow from {image.shape}"
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_resize_bilinear_s8."""
    image, output = graph.input(node, 0), graph.output(node)
    scales = [_scale(node, image.shape[i], output.shape[i]) for i in (1, 2)]
    offsets = [s // 2 - _ONE // 2 if node.attrs["centers"] else 0 for s in scales]
    return Call(
        node=node.index,
        kernel="td_resize_bilinear_s8",
        params=(
            ("batches", image.shape[0]),
            ("input_height", image.shape[1]),
            ("input_width", image.shape[2]),
            ("channels", image.shape[3]),
            ("output_height", output.shape[1]),
            ("output_width", output.shape[2]),
            ("height_scale", scales[0]),
            ("width_scale", scales[1]),
            ("height_offset", offsets[0]),
            ("width_offset", offsets[1]),
        ),
        args=(Operand(image.index), Operand(output.index, output=True)),
        sources=shapes.sources("td_resize_bilinear_s8"),
    )


def _scale(node: Node, size: int, output_size: int) -> int:
    if node.attrs["corners"] and output_size > 1:
        size, output_size = size - 1, output_size - 1
    return (_ONE * size + output_size // 2) // output_size
