"""CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV on float32 images.

Weights lie in flash as the model has them, float32, halves or int8, and are expanded in registers;
the geometry is the int8 operators' own.
"""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Graph, Node, Operand, Param
from tinydeploy.ops import conv2d, shapes
from tinydeploy.ops.float32 import values


class Conv:
    """CONV_2D, dilated and grouped."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
        reason = (
            values.refuse((image, output))
            or shapes.refuse_sizes(image, weights, output)
            or values.refuse_weights(graph, node, axis=0)
            or conv2d.refuse_window(graph, node)
        )
        groups, rest = divmod(image.shape[-1], weights.shape[-1])
        if reason:
            return reason
        if rest or output.shape[3] % groups or output.shape[3] != weights.shape[0]:
            return f"filter shape {weights.shape} does not fit {image.shape[3]} input channels"
        return ""

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_conv_2d_f32, or of the kernel that expands weights."""
        image, output, filter_ = graph.input(node, 0), graph.output(node), graph.input(node, 1)
        params: dict[str, Param] = {
            "batches": image.shape[0],
            "input_height": image.shape[1],
            "input_width": image.shape[2],
            "input_channels": image.shape[3],
            "output_height": output.shape[1],
            "output_width": output.shape[2],
            "output_channels": output.shape[3],
            "filter_height": filter_.shape[1],
            "filter_width": filter_.shape[2],
            "filter_channels": filter_.shape[3],
            **conv2d.window(graph, node),
        }
        return _call(graph, node, "conv_2d", params, channels=output.shape[3])


class Depthwise:
    """DEPTHWISE_CONV_2D."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        image, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
        reason = (
            values.refuse((image, output))
            or shapes.refuse_sizes(image, weights, output)
            or values.refuse_weights(graph, node, axis=3)
            or conv2d.refuse_window(graph, node)
        )
        if reason:
            return reason
        channels = output.shape[3]
        if weights.shape[0] != 1 or weights.shape[3] != channels or channels % image.shape[3]:
            return f"filter shape {weights.shape} does not fit {image.shape[3]} input channels"
        return ""

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_depthwise_conv_2d_f32, or of the kernel that expands weights."""
        image, output, filter_ = graph.input(node, 0), graph.output(node), graph.input(node, 1)
        params: dict[str, Param] = {
            "batches": image.shape[0],
            "input_height": image.shape[1],
            "input_width": image.shape[2],
            "input_channels": image.shape[3],
            "depth_multiplier": output.shape[3] // image.shape[3],
            "output_height": output.shape[1],
            "output_width": output.shape[2],
            "filter_height": filter_.shape[1],
            "filter_width": filter_.shape[2],
            **conv2d.window(graph, node),
        }
        return _call(graph, node, "depthwise_conv_2d", params, channels=output.shape[3])


class Dense:
    """FULLY_CONNECTED: a convolution of 1x1 over a row of batches."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        inputs, output, weights = graph.input(node, 0), graph.output(node), graph.input(node, 1)
        if len(weights.shape) != 2 or inputs.size % weights.shape[1]:
            return f"{inputs.size} inputs do not fit a filter of shape {weights.shape}"
        if node.attrs["shuffled"]:
            return "the weights are shuffled"
        return (
            values.refuse((inputs, output))
            or values.refuse_weights(graph, node, axis=0)
            or values.refuse_activation(node)
        )

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_conv_2d_f32, or of the kernel that expands weights."""
        outputs, inputs = graph.input(node, 1).shape
        batches = graph.input(node, 0).size // inputs
        ones = ("filter_height", "filter_width", "filter_channels", "stride_height")
        params: dict[str, Param] = {
            "batches": 1,
            "input_height": 1,
            "input_width": batches,
            "input_channels": inputs,
            "output_height": 1,
            "output_width": batches,
            "output_channels": outputs,
            **dict.fromkeys(ones, 1),
            "stride_width": 1,
            "dilation_height": 1,
            "dilation_width": 1,
            "pad_top": 0,
            "pad_left": 0,
            "filter_channels": inputs,
        }
        return _call(graph, node, "conv_2d", params, channels=outputs, window=False)


class Transposed:
    """TRANSPOSE_CONV; its inputs are the output's shape, filter, image and bias."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        image, output, weights = graph.input(node, 2), graph.output(node), graph.input(node, 1)
        reason = (
            values.refuse((image, output))
            or shapes.refuse_sizes(image, weights, output)
            or values.refuse_weights(graph, node, axis=0, bias=3)
            or values.refuse_activation(node)
        )
        if reason:
            return reason
        if (weights.shape[0], weights.shape[3]) != (output.shape[3], image.shape[3]):
            return f"filter shape {weights.shape} does not fit {image.shape[3]} input channels"
        stride = node.attrs["stride"]
        assert isinstance(stride, tuple)
        for axis in (0, 1):
            sizes = (output.shape[axis + 1], image.shape[axis + 1], weights.shape[axis + 1])
            if not shapes.same_or_valid(str(node.attrs["padding"]), *sizes, stride[axis]):
                return f"output size {sizes[0]} does not follow from input, filter and stride"
        return ""

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_transpose_conv_f32, or of the kernel that expands weights."""
        image, output, filter_ = graph.input(node, 2), graph.output(node), graph.input(node, 1)
        stride, padding = node.attrs["stride"], str(node.attrs["padding"])
        assert isinstance(stride, tuple)
        top, left = (
            shapes.pad_before(
                padding, output.shape[i], image.shape[i], filter_.shape[i], stride[i - 1]
            )
            for i in (1, 2)
        )
        params: dict[str, Param] = {
            "batches": image.shape[0],
            "input_height": image.shape[1],
            "input_width": image.shape[2],
            "input_channels": image.shape[3],
            "output_height": output.shape[1],
            "output_width": output.shape[2],
            "output_channels": output.shape[3],
            "filter_height": filter_.shape[1],
            "filter_width": filter_.shape[2],
            "stride_height": stride[0],
            "stride_width": stride[1],
            "pad_top": top,
            "pad_left": left,
        }
        return _call(
            graph, node, "transpose_conv", params, channels=output.shape[3], image=2, window=False
        )


def _call(
    graph: Graph,
    node: Node,
    kernel: str,
    params: dict[str, Param],
    channels: int,
    image: int = 0,
    window: bool = True,
) -> Call:
    weights = values.weights(graph, node, channels, bias=image + 1 if image else 2)
    name = f"td_{kernel}_{weights.suffix}"
    # Rows and pairs of pixels are walked in order, as the int8 kernels walk pixels; a pointwise
    # kernel writes two pixels after it read both.
    overlaps = conv2d.overlaps(graph, node) if window and kernel == "depthwise_conv_2d" else ()
    return Call(
        node=node.index,
        kernel=name,
        params=tuple({**params, **values.activation(node), **weights.params}.items()),
        args=(
            Operand(node.inputs[image]),
            weights.filter,
            weights.bias,
            Operand(node.outputs[0], output=True),
        ),
        overlaps=overlaps,
        sources=shapes.sources(name, f"td_{kernel}_float_body", "td_float", "td_window"),
    )
