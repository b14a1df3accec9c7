"""Pure `Graph → Graph` steps that make a model smaller to run and leave every remaining tensor's
bytes as they were.

Tensors keep their indices, so that the oracle's tensors still answer to them; nodes are numbered
anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tinydeploy.graph import Graph, Node, Tensor
from tinydeploy.ops.float32.values import expanded, is_constant

ACTIVATIONS = ("RELU", "RELU6", "RELU_N1_TO_1")
_ACTIVATED = (
    "ADD",
    "AVERAGE_POOL_2D",
    "CONV_2D",
    "DEPTHWISE_CONV_2D",
    "DIV",
    "FULLY_CONNECTED",
    "MAX_POOL_2D",
    "MUL",
    "SUB",
    "TRANSPOSE_CONV",
)
_WEIGHT_AXES = {"CONV_2D": 0, "DEPTHWISE_CONV_2D": 3, "FULLY_CONNECTED": 0, "TRANSPOSE_CONV": 0}
_PADDED = ("CONV_2D", "DEPTHWISE_CONV_2D")
_PADS = ("pad_top", "pad_bottom", "pad_left", "pad_right")


def simplify(graph: Graph) -> Graph:
    """All steps, in the order in which one makes room for the next."""
    steps = (
        drop_handles,
        fold_constants,
        free_reshapes,
        drop_quantize,
        drop_dead,
        fuse_activations,
        merge_padding,
    )
    for step in steps:
        graph = step(graph)
    return graph


def drop_handles(graph: Graph) -> Graph:
    """VAR_HANDLE and a CALL_ONCE that only sets variables go: what they tell is in the tensors."""
    idle = [n for n in graph.nodes if n.op == "CALL_ONCE" and not n.attrs["reason"]]
    kept = [n for n in graph.nodes if n.op != "VAR_HANDLE" and n not in idle]
    return _numbered(graph, kept)


def fold_constants(graph: Graph) -> Graph:
    """DEQUANTIZE of a constant goes: its output is the constant.

    Where only kernels read it that expand weights as they use them, it stays as small as it is;
    else it is expanded here. Exact: an expansion is the same at any time.
    """
    readers = _readers(graph)
    tensors = list(graph.tensors)
    kept: list[Node] = []
    for node in graph.nodes:
        if not is_constant(graph, node):
            kept.append(node)
            continue
        source, output = graph.input(node, 0), graph.output(node)
        following = readers.get(output.index, [])
        if following and all(_expands(reader, output.index, source) for reader in following):
            folded = replace(source, index=output.index, name=output.name)
        else:
            folded = replace(output, data=expanded(source))
        tensors[output.index] = folded
    return _numbered(replace(graph, tensors=tuple(tensors)), kept)


def _expands(node: Node, tensor: int, source: Tensor) -> bool:
    """Whether the node's kernel reads `tensor`, of `source`'s values, as weights of such a type."""
    if _WEIGHT_AXES.get(node.op) is None or node.inputs.count(tensor) != 1:
        return False
    if node.inputs[1] != tensor or source.dtype not in ("float16", "int8"):
        return False
    fits = len(source.scales) <= 1 or source.axis == _WEIGHT_AXES[node.op]
    return fits and not any(source.zero_points)


def free_reshapes(graph: Graph) -> Graph:
    """RESHAPE, SQUEEZE, EXPAND_DIMS, a TRANSPOSE that moves only dimensions of size 1 and a PAD by
    nothing become a RESHAPE of one operand.

    Exact: none of them changes the order of the elements, and shapes are known before run time. A
    shape that the model computes is no longer read.
    """

    def free(node: Node) -> Node:
        if node.op in ("RESHAPE", "SQUEEZE", "EXPAND_DIMS") or (
            _keeps_order(graph, node) and _same_quantization(graph, node)
        ):
            return replace(node, op="RESHAPE", inputs=node.inputs[:1], attrs={})
        return node

    return replace(graph, nodes=tuple(free(node) for node in graph.nodes))


def drop_quantize(graph: Graph) -> Graph:
    """QUANTIZE between equal types, scales and zero points goes; one that makes a model output
    renames.

    Exact: the reference kernel multiplies by the ratio of the scales, here 1.0 = 2**30 · 2 / 2**31,
    for which its rounding multiplication returns its operand, and all values lie in the type's
    range already.
    """
    renamed: dict[int, int] = {}
    nodes = []
    for node in graph.nodes:
        if node.op != "QUANTIZE" or not _same_quantization(graph, node):
            nodes.append(replace(node, inputs=tuple(renamed.get(i, i) for i in node.inputs)))
        elif node.outputs[0] in graph.outputs:
            source = renamed.get(node.inputs[0], node.inputs[0])
            nodes.append(replace(node, op="RESHAPE", inputs=(source,), attrs={}))
        else:
            renamed[node.outputs[0]] = renamed.get(node.inputs[0], node.inputs[0])
    return _numbered(graph, nodes)


def drop_dead(graph: Graph) -> Graph:
    """Nodes go whose outputs nobody reads, such as those that computed a shape."""
    needed = {*graph.outputs, *(tensor.index for tensor in graph.variables)}
    kept: list[Node] = []
    for node in reversed(graph.nodes):
        # A node without outputs is there for its effect on the model's state.
        if not node.outputs or needed.intersection(node.outputs):
            needed.update(node.inputs)
            kept.append(node)
    return _numbered(graph, kept[::-1])


def fuse_activations(graph: Graph) -> Graph:
    """RELU, RELU6 and RELU_N1_TO_1 move into the operator before them, where nobody else reads its
    output.

    Exact when the quantization does not change: the activation then multiplies by 1.0 (see
    `drop_quantize`) and clamps to the range that the fused kernel clamps to. The operator's own
    clamp to int8 came before; two clamps are one clamp to what both leave.
    """
    readers = _readers(graph)
    fused: dict[int, Node] = {}
    gone: set[int] = set()
    for node in graph.nodes:
        if node.op not in _ACTIVATED or node.attrs.get("activation") != "NONE":
            continue
        output = node.outputs[0]
        following = readers.get(output, [])
        if len(following) != 1 or output in graph.outputs:
            continue
        activation = following[0]
        if activation.op in ACTIVATIONS and _same_quantization(graph, activation):
            attrs = {**node.attrs, "activation": activation.op}
            fused[node.index] = replace(node, outputs=activation.outputs, attrs=attrs)
            gone.add(activation.index)
    return _numbered(graph, [fused.get(n.index, n) for n in graph.nodes if n.index not in gone])


def merge_padding(graph: Graph) -> Graph:
    """A PAD of height and width moves into the convolutions that read it: `padding` becomes
    EXPLICIT, with `pad_top`, `pad_bottom`, `pad_left` and `pad_right` in elements.

    Exact: PAD writes the zero point, which the convolution's input offset turns into 0, so that a
    padded tap adds nothing to a sum, as the kernel's own padding does. Left alone where a window
    would lie wholly in the padding. SAME padding of the padded image is added.
    """
    readers = _readers(graph)
    pads: dict[int, tuple[int, tuple[int, ...]]] = {}
    gone: set[int] = set()
    for node in graph.nodes:
        amounts = _spatial_padding(graph, node)
        following = readers.get(node.outputs[0], []) if amounts else []
        if not amounts or not following or node.outputs[0] in graph.outputs:
            continue
        if all(_takes_padding(graph, reader, node.outputs[0], amounts) for reader in following):
            gone.add(node.index)
            pads[node.outputs[0]] = (node.inputs[0], amounts)
    nodes = []
    for node in graph.nodes:
        if node.op in _PADDED and node.inputs[0] in pads:
            source, amounts = pads[node.inputs[0]]
            total = [a + b for a, b in zip(amounts, _own_padding(graph, node), strict=True)]
            attrs = {**node.attrs, "padding": "EXPLICIT", **dict(zip(_PADS, total, strict=True))}
            node = replace(node, inputs=(source, *node.inputs[1:]), attrs=attrs)
        if node.index not in gone:
            nodes.append(node)
    return _numbered(graph, nodes)


def _numbered(graph: Graph, nodes: Sequence[Node]) -> Graph:
    return replace(graph, nodes=tuple(replace(n, index=i) for i, n in enumerate(nodes)))


def _readers(graph: Graph) -> dict[int, list[Node]]:
    """The nodes that read each tensor, once per operand."""
    readers: dict[int, list[Node]] = {}
    for node in graph.nodes:
        for tensor in node.inputs:
            readers.setdefault(tensor, []).append(node)
    return readers


def _same_quantization(graph: Graph, node: Node) -> bool:
    """Whether the first input's bytes mean the same in the output, both int8 per tensor."""
    source, output = graph.input(node, 0), graph.output(node)
    return (
        source.dtype == output.dtype
        and source.dtype == "int8"
        and len(source.scales) == 1
        and source.scales == output.scales
        and source.zero_points == output.zero_points
    )


def _keeps_order(graph: Graph, node: Node) -> bool:
    if node.op == "TRANSPOSE":
        order = graph.input(node, 1).data
        shape = graph.input(node, 0).shape
        moved = [] if order is None else [int(d) for d in order.ravel() if shape[int(d)] > 1]
        return order is not None and moved == sorted(moved)
    return node.op in ("PAD", "PADV2") and graph.input(node, 0).shape == graph.output(node).shape


def _spatial_padding(graph: Graph, node: Node) -> tuple[int, ...]:
    """Top, bottom, left and right of a PAD that writes the zero point around images; else empty."""
    if node.op not in ("PAD", "PADV2") or not _same_quantization(graph, node):
        return ()
    amounts = graph.input(node, 1).data
    if amounts is None or amounts.shape != (4, 2) or not _pads_with_zero(graph, node):
        return ()
    rows = [(int(before), int(after)) for before, after in amounts]
    if rows[0] != (0, 0) or rows[3] != (0, 0) or min(map(min, rows)) < 0:
        return ()
    return (*rows[1], *rows[2])


def _pads_with_zero(graph: Graph, node: Node) -> bool:
    if not graph.has_input(node, 2):
        return True
    value: Tensor = graph.input(node, 2)
    return value.data is not None and int(value.data.ravel()[0]) == graph.output(node).zero_point


def _takes_padding(graph: Graph, node: Node, tensor: int, amounts: tuple[int, ...]) -> bool:
    """Whether the node is a convolution of `tensor` whose every window would still touch the
    image."""
    if (
        node.op not in _PADDED
        or node.attrs.get("padding") not in ("SAME", "VALID")
        or node.inputs[0] != tensor
        or node.inputs.count(tensor) > 1
    ):
        return False
    height, width = _reach(graph, node)
    total = [a + b for a, b in zip(amounts, _own_padding(graph, node), strict=True)]
    return max(total[:2]) < height and max(total[2:]) < width


def _reach(graph: Graph, node: Node) -> tuple[int, int]:
    """Rows and columns from a window's first tap to its last."""
    weights, dilation = graph.input(node, 1), node.attrs["dilation"]
    assert isinstance(dilation, tuple)
    return (weights.shape[1] - 1) * dilation[0] + 1, (weights.shape[2] - 1) * dilation[1] + 1


def _own_padding(graph: Graph, node: Node) -> tuple[int, ...]:
    """Top, bottom, left and right that SAME adds to the image the node reads."""
    if node.attrs["padding"] == "VALID":
        return (0, 0, 0, 0)
    image, output, stride = graph.input(node, 0), graph.output(node), node.attrs["stride"]
    assert isinstance(stride, tuple)
    pads: list[int] = []
    for axis, reach in enumerate(_reach(graph, node)):
        needed = (output.shape[axis + 1] - 1) * stride[axis] + reach
        both = max(needed - image.shape[axis + 1], 0)
        pads += [both // 2, both - both // 2]
    return tuple(pads)
