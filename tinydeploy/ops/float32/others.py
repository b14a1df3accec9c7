"""Pools, reductions, ARG_MAX, softmaxes, PAD, RESIZE_BILINEAR and BATCH_MATMUL on float32."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tinydeploy.graph import Aim, Arg, Call, Const, Graph, Node, Operand, Param
from tinydeploy.ops import arg_max, batch_matmul, mean, pad, pool2d, shapes
from tinydeploy.ops.float32 import values


@dataclass(frozen=True)
class Pool:
    """AVERAGE_POOL_2D, L2_POOL_2D or MAX_POOL_2D; `bodies` are headers of the kernel's own."""

    kernel: str
    bodies: tuple[str, ...] = ()

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        image, output = graph.input(node, 0), graph.output(node)
        return (
            values.refuse((image, output))
            or shapes.refuse_sizes(image, output)
            or values.refuse_activation(node)
            or pool2d.refuse_window(graph, node)
        )

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of the pooling kernel."""
        params = {**pool2d.window(graph, node), **values.activation(node)}
        headers = ("td_pool_2d_float_body", *self.bodies, "td_float", "td_window")
        made = values.plain_call(graph, node, self.kernel, params, *headers)
        return replace(made, overlaps=pool2d.overlaps(graph, node))


@dataclass(frozen=True)
class Reduction:
    """MEAN, SUM, REDUCE_MAX or REDUCE_MIN over constant axes."""

    kind: str

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        reason = values.refuse((graph.input(node, 0), graph.output(node)))
        return reason or mean.refuse_axes(graph, node)

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_mean_f32 or td_reduce_max_f32."""
        walk = dict(mean.walk(graph, node))
        if self.kind in ("MEAN", "SUM"):
            divisor = float(mean.count(graph, node)) if self.kind == "MEAN" else 1.0
            return values.plain_call(graph, node, "td_mean_f32", {**walk, "divisor": divisor})
        sign = 1.0 if self.kind == "REDUCE_MAX" else -1.0
        return values.plain_call(graph, node, "td_reduce_max_f32", {**walk, "sign": sign})


@dataclass(frozen=True)
class ArgMax:
    """ARG_MAX, or ARG_MIN by its sign."""

    sign: float

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        axis, output = graph.input(node, 1), graph.output(node)
        if output.dtype != "int32":
            return f"{output.name} is {output.dtype}, not int32"
        if axis.data is None or axis.dtype != "int32" or axis.size != 1:
            return f"the axis {axis.name} is not one constant int32"
        return values.refuse((graph.input(node, 0),))

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_arg_max_f32."""
        params = dict(arg_max.call(graph, node, flip=0).params)
        del params["flip"]
        return values.plain_call(graph, node, "td_arg_max_f32", {**params, "sign": self.sign})


@dataclass(frozen=True)
class Softmax:
    """SOFTMAX or LOG_SOFTMAX over the last dimension."""

    kernel: str

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        return values.refuse((graph.input(node, 0), graph.output(node)))

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of the kernel."""
        shape = graph.input(node, 0).shape
        params: dict[str, Param] = {
            "rows": graph.output(node).size // shape[-1],
            "depth": shape[-1],
        }
        beta = node.attrs.get("beta")
        if isinstance(beta, float):
            params["beta"] = beta
        return replace(values.plain_call(graph, node, self.kernel, params), in_place=True)


class Pad:
    """PAD with zero, and PADV2 with a given constant."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        inputs, output = graph.input(node, 0), graph.output(node)
        if graph.has_input(node, 2):
            value = graph.input(node, 2)
            if value.size != 1 or not values.is_expandable(value):
                return f"the value {value.name} is not one constant"
        return values.refuse((inputs, output)) or pad.refuse_amounts(graph, node)

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_pad_f32."""
        given = graph.has_input(node, 2)
        value = float(values.expanded(graph.input(node, 2)).reshape(-1)[0]) if given else 0.0
        limit = float(np.finfo(np.float32).max)
        params = {**pad.layout(graph, node), "value": min(max(value, -limit), limit)}
        return values.plain_call(graph, node, "td_pad_f32", params, "td_pad_body")


class ResizeBilinear:
    """RESIZE_BILINEAR."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        image, output = graph.input(node, 0), graph.output(node)
        reason = values.refuse((image, output)) or shapes.refuse_sizes(image, output)
        if not reason and (image.shape[0], image.shape[3]) != (output.shape[0], output.shape[3]):
            reason = f"output shape {output.shape} does not follow from {image.shape}"
        return reason

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_resize_bilinear_f32."""
        image, output = graph.input(node, 0), graph.output(node)
        scales = []
        for size, wanted in zip(image.shape[1:3], output.shape[1:3], strict=True):
            inner = 1 if node.attrs["corners"] and wanted > 1 else 0
            scales.append(float(np.float32(size - inner) / np.float32(wanted - inner)))
        params: dict[str, Param] = {
            "batches": image.shape[0],
            "input_height": image.shape[1],
            "input_width": image.shape[2],
            "channels": image.shape[3],
            "output_height": output.shape[1],
            "output_width": output.shape[2],
            "height_scale": scales[0],
            "width_scale": scales[1],
            "offset": 0.5 if node.attrs["centers"] else 0.0,
        }
        return values.plain_call(graph, node, "td_resize_bilinear_f32", params)


class BatchMatmul:
    """BATCH_MATMUL; a constant matrix becomes float32 in flash."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""
        for tensor in (graph.input(node, 0), graph.input(node, 1)):
            if tensor.dtype != "float32" and not values.is_expandable(tensor):
                return f"{tensor.name} is {tensor.dtype}, not float32"
        return values.refuse((graph.output(node),)) or batch_matmul.refuse_shapes(graph, node)

    def lower(self, graph: Graph, node: Node, aim: Aim) -> Call:
        """A call of td_batch_matmul_f32."""
        args: list[Arg] = []
        for position in (0, 1):
            tensor = graph.input(node, position)
            constant = tensor.data is not None
            args.append(
                Const(f"input{position + 1}", values.expanded(tensor))
                if constant
                else Operand(tensor.index)
            )
        made = values.plain_call(
            graph, node, "td_batch_matmul_f32", batch_matmul.geometry(graph, node), "td_float"
        )
        return replace(made, args=(*args, made.args[-1]))
