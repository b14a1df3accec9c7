"""Random small models over all operators: layers that read what earlier ones made."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "cases"))
import generate
from generate import schema

Rng = np.random.Generator
Spec = dict[str, Any]
ACTIVATIONS = ["NONE", "RELU", "RELU6"]
LARGEST = 1024  # elements of a tensor


@dataclass
class Net:
    """Tensors and nodes as they are added. `pool` are the images that a layer may read."""

    rng: Rng
    tensors: list[Spec] = field(default_factory=list)
    nodes: list[tuple[str, list[int], list[int], Spec]] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    pool: list[int] = field(default_factory=list)
    others: list[int] = field(default_factory=list)

    def add(self, spec: Spec) -> int:
        self.tensors.append(spec)
        return len(self.tensors) - 1

    def whole(self, values: list[int]) -> int:
        return self.add({"shape": [len(values)], "type": "int32", "fill": values})

    def node(self, op: str, inputs: list[int], *outputs: Spec, **options: Any) -> list[int]:
        made = [self.add(output) for output in outputs]
        self.nodes.append((op, inputs, made, options))
        for index in made:
            images = len(self.tensors[index]["shape"]) == 4 and "scale" in self.tensors[index]
            (self.pool if images else self.others).append(index)
        return made

    def image(self) -> int:
        """One of the images; the latest more often than others."""
        weights = np.arange(1, len(self.pool) + 1) ** 2
        return int(self.rng.choice(self.pool, p=weights / weights.sum()))

    def shape(self, index: int) -> list[int]:
        return list(self.tensors[index]["shape"])

    def like(self, index: int, shape: list[int] | None = None, **changes: Any) -> Spec:
        """An output quantized as the tensor `index` is."""
        source = self.tensors[index]
        same = {"scale": source["scale"], "zero_point": source["zero_point"]}
        return {"shape": shape or self.shape(index), **same, **changes}

    def fresh(self, shape: list[int], scale: float) -> Spec:
        """An output quantized anew."""
        wide = float(scale * np.exp2(self.rng.uniform(-0.5, 0.5)))
        return {"shape": shape, "scale": wide, "zero_point": int(self.rng.integers(-100, 100))}

    def between(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def either(self, *choices: Any) -> Any:
        return choices[self.between(0, len(choices) - 1)]


def weights(
    net: Net, shape: list[int], axis: int, fan_in: int, source: int
) -> tuple[list[int], float]:
    """A filter and a bias, and the output's scale that spreads their sums over 8 bits."""
    filters = net.add({"shape": shape, "scale": 0.01, "fill": "random", "axis": axis})
    step = net.tensors[source]["scale"] * 0.01
    bias = net.add({"shape": [shape[axis]], "type": "int32", "scale": step, "fill": "random"})
    return [filters, bias], step * 70 * fan_in**0.5


def convolution(net: Net) -> None:
    source = net.image()
    _, height, width, depth = net.shape(source)
    taps, outputs, stride = net.either(1, 1, 3), net.between(1, 8), net.between(1, 2)
    out = [1, -(-height // stride), -(-width // stride), outputs]
    parts, scale = weights(net, [outputs, taps, taps, depth], 0, taps * taps * depth, source)
    options = {"padding": "SAME", "strideH": stride, "strideW": stride}
    options |= {"dilationHFactor": 1, "dilationWFactor": 1}
    activation = net.either(*ACTIVATIONS)
    net.node(
        "CONV_2D",
        [source, *parts],
        net.fresh(out, scale),
        fusedActivationFunction=activation,
        **options,
    )


def depthwise(net: Net) -> None:
    source = net.image()
    _, height, width, depth = net.shape(source)
    stride = net.between(1, 2)
    out = [1, -(-height // stride), -(-width // stride), depth]
    parts, scale = weights(net, [1, 3, 3, depth], 3, 9, source)
    options = {"padding": "SAME", "strideH": stride, "strideW": stride, "depthMultiplier": 1}
    options |= {"dilationHFactor": 1, "dilationWFactor": 1}
    net.node("DEPTHWISE_CONV_2D", [source, *parts], net.fresh(out, scale), **options)


def transposed(net: Net) -> None:
    source = net.image()
    _, height, width, depth = net.shape(source)
    taps, outputs = net.between(2, 3), net.between(1, 4)
    out = [1, 2 * height, 2 * width, outputs]
    if np.prod(out) > LARGEST:
        return
    parts, scale = weights(net, [outputs, taps, taps, depth], 0, taps * depth, source)
    net.node(
        "TRANSPOSE_CONV",
        [net.whole(out), parts[0], source, parts[1]],
        net.fresh(out, scale),
        padding="SAME",
        strideH=2,
        strideW=2,
    )


def dense(net: Net) -> None:
    source = net.image()
    size, outputs = int(np.prod(net.shape(source))), net.between(1, 12)
    (flat,) = net.node("RESHAPE", [source, net.whole([1, size])], net.like(source, [1, size]))
    parts, scale = weights(net, [outputs, size], 0, size, source)
    del net.tensors[parts[0]]["axis"]
    made = net.node("FULLY_CONNECTED", [flat, *parts], net.fresh([1, outputs], scale))
    net.node(
        "RESHAPE", [*made, net.whole([1, 1, 1, outputs])], net.like(made[0], [1, 1, 1, outputs])
    )


def pooling(net: Net) -> None:
    source = net.image()
    _, height, width, depth = net.shape(source)
    op, taps = net.either("AVERAGE_POOL_2D", "MAX_POOL_2D"), net.between(1, 3)
    out = net.like(source, [1, -(-height // 2), -(-width // 2), depth])
    window = {"padding": "SAME", "strideH": 2, "strideW": 2}
    net.node(op, [source], out, filterHeight=taps, filterWidth=taps, **window)


def elementwise(net: Net) -> None:
    """Of two tensors: the second another image of the shape, the first again, or a constant."""
    source = net.image()
    alike = [i for i in net.pool if net.shape(i) == net.shape(source)]
    shape = net.shape(source)[net.between(0, 3) :]
    constant = {**net.fresh(shape, 0.05), "fill": "random"}
    second = net.either(net.either(*alike), net.add(constant))
    scale = max(net.tensors[i]["scale"] for i in (source, second))
    op = net.either("ADD", "SUB", "MUL", "SQUARED_DIFFERENCE", "PRELU")
    wide = scale * {"ADD": 2.0, "SUB": 2.0, "PRELU": 1.0}.get(op, scale * 60)
    options = {} if op in ("SQUARED_DIFFERENCE", "PRELU") else {"fusedActivationFunction": "NONE"}
    pair = net.either([source, second], [second, source])
    if op == "PRELU" or "fill" not in net.tensors[second]:
        pair = [source, second]
    net.node(op, pair, net.fresh(net.shape(source), wide), **options)


def extreme(net: Net) -> None:
    source = net.image()
    constant = net.add(net.like(source, [1], fill=[net.between(-128, 127)]))
    net.node(net.either("MAXIMUM", "MINIMUM"), [source, constant], net.like(source))


def choice(net: Net) -> None:
    source = net.image()
    if net.tensors[source]["scale"] >= 1:
        return
    level = net.add(net.like(source, [1], fill=[net.between(-60, 60)]))
    op = net.either("LESS", "GREATER_EQUAL", "EQUAL")
    (mask,) = net.node(op, [source, level], {"shape": net.shape(source), "type": "bool"})
    net.node("SELECT_V2", [mask, source, level], net.like(source))


def table(net: Net) -> None:
    source = net.image()
    op = net.either(
        "RELU", "LEAKY_RELU", "HARD_SWISH", "ELU", "ABS", "QUANTIZE", "GELU", "EXP", "RELU_N1_TO_1"
    )
    options = {"alpha": float(net.rng.uniform(0, 1))} if op == "LEAKY_RELU" else {}
    scale = net.tensors[source]["scale"]
    net.node(op, [source], net.fresh(net.shape(source), scale * 1.2), **options)


def squashing(net: Net) -> None:
    source = net.image()
    op, scale, zero = net.either(
        ("TANH", 1 / 128, 0), ("LOGISTIC", 1 / 256, -128), ("SOFTMAX", 1 / 256, -128)
    )
    options = {"beta": 1.0} if op == "SOFTMAX" else {}
    out = {"shape": net.shape(source), "scale": scale, "zero_point": zero}
    net.node(op, [source], out, **options)


def padding(net: Net) -> None:
    source = net.image()
    shape = net.shape(source)
    op, amounts = net.either("PAD", "MIRROR_PAD"), [[0, 0], [1, 0], [0, 1], [0, 0]]
    if min(shape[1:3]) < 2 or np.prod(shape) > LARGEST // 4:
        return
    out = [size + sum(pair) for size, pair in zip(shape, amounts, strict=True)]
    pads = net.add({"shape": [4, 2], "type": "int32", "fill": [0, 0, 1, 0, 0, 1, 0, 0]})
    options = {"mode": "REFLECT"} if op == "MIRROR_PAD" else {}
    net.node(op, [source, pads], net.like(source, out), **options)


def joining(net: Net) -> None:
    source = net.image()
    alike = [i for i in net.pool if net.shape(i) == net.shape(source)]
    second = net.either(*alike)
    if net.like(second) != net.like(source):
        (second,) = net.node("QUANTIZE", [second], net.like(source))
    axis = net.between(1, 3)
    out = net.shape(source)
    out[axis] *= 2
    if np.prod(out) <= LARGEST:
        pair = net.either([source, second], [second, source])
        net.node("CONCATENATION", pair, net.like(source, out), axis=axis)


def cutting(net: Net) -> None:
    source = net.image()
    shape = net.shape(source)
    axis = net.between(1, 3)
    if shape[axis] < 2:
        return
    first = net.between(1, shape[axis] - 1)
    sizes = [first, shape[axis] - first]
    parts = [[*shape[:axis], size, *shape[axis + 1 :]] for size in sizes]
    outputs = [net.like(source, part) for part in parts]
    ends = [net.whole(sizes), net.add({"shape": [], "type": "int32", "fill": [axis]})]
    net.node("SPLIT_V", [source, *ends], *outputs, numSplits=2)


def slicing(net: Net) -> None:
    source = net.image()
    shape = net.shape(source)
    begin = [net.between(0, (size - 1) // 2) for size in shape]
    stride = [net.between(1, 2) for _ in shape]
    out = [len(range(b, s, t)) for b, s, t in zip(begin, shape, stride, strict=True)]
    parts = [net.whole(values) for values in (begin, shape, stride)]
    masks = dict.fromkeys(
        ("beginMask", "endMask", "ellipsisMask", "newAxisMask", "shrinkAxisMask"), 0
    )
    net.node("STRIDED_SLICE", [source, *parts], net.like(source, out), **masks)


def moving(net: Net) -> None:
    source = net.image()
    shape = net.shape(source)
    order = [0, *(int(i) + 1 for i in net.rng.permutation(3))]
    out = net.like(source, [shape[i] for i in order])
    net.node("TRANSPOSE", [source, net.whole(order)], out)


def blocks(net: Net) -> None:
    source = net.image()
    _, height, width, depth = net.shape(source)
    if height % 2 == 0 and width % 2 == 0 and depth <= 8:
        out = net.like(source, [1, height // 2, width // 2, depth * 4])
        net.node("SPACE_TO_DEPTH", [source], out, blockSize=2)
    elif depth % 4 == 0:
        out = net.like(source, [1, height * 2, width * 2, depth // 4])
        net.node("DEPTH_TO_SPACE", [source], out, blockSize=2)


def resizing(net: Net) -> None:
    source = net.image()
    _, _, _, depth = net.shape(source)
    size = [net.between(1, 8), net.between(1, 8)]
    op, centers = net.either("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"), net.either(True, False)
    out = net.like(source, [1, *size, depth])
    net.node(op, [source, net.whole(size)], out, alignCorners=False, halfPixelCenters=centers)


def choosing(net: Net) -> None:
    source = net.image()
    shape = net.shape(source)
    axis = net.between(1, 3)
    indices = [net.between(0, shape[axis] - 1) for _ in range(net.between(1, 4))]
    out = net.like(source, [*shape[:axis], len(indices), *shape[axis + 1 :]])
    net.node("GATHER", [source, net.whole(indices)], out, axis=axis, batchDims=0)


def reducing(net: Net) -> None:
    source = net.image()
    _, height, width, depth = net.shape(source)
    op = net.either("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN")
    scale = net.tensors[source]["scale"] * (height * width if op == "SUM" else 1)
    out = [1, 1, 1, depth]
    output = net.like(source, out) if op.startswith("REDUCE") else net.fresh(out, scale)
    net.node(op, [source, net.whole([1, 2])], output, keepDims=True)


def stacking(net: Net) -> None:
    """PACK of an image with itself, and UNPACK of that."""
    source = net.image()
    shape = net.shape(source)
    if np.prod(shape) > LARGEST // 2:
        return
    axis = net.between(0, 4)
    packed = net.like(source, [*shape[:axis], 2, *shape[axis:]])
    made = net.node("PACK", [source, source], packed, axis=axis, valuesCount=2)
    net.node("UNPACK", made, net.like(source), net.like(source), axis=axis, num=2)


def matrices(net: Net) -> None:
    source = net.image()
    _, height, width, depth = net.shape(source)
    scale = net.tensors[source]["scale"] ** 2 * 70 * depth**0.5
    out = net.fresh([1, height, width, width], scale)
    if height * width * width <= LARGEST:
        net.node("BATCH_MATMUL", [source, source], out, adjX=False, adjY=True)


def largest(net: Net) -> None:
    source = net.image()
    axis = net.add({"shape": [], "type": "int32", "fill": [3]})
    out = {"shape": net.shape(source)[:3], "type": "int32"}
    net.node(net.either("ARG_MAX", "ARG_MIN"), [source, axis], out)


def sums(net: Net) -> None:
    """Of an image with itself, or along an axis."""
    source = net.image()
    scale = net.tensors[source]["scale"]
    if net.between(0, 1):
        net.node("ADD_N", [source] * 3, net.fresh(net.shape(source), scale * 3))
        return
    axis = net.add({"shape": [], "type": "int32", "fill": [net.between(-3, 3)]})
    options = {"exclusive": net.either(True, False), "reverse": net.either(True, False)}
    net.node("CUMSUM", [source, axis], net.fresh(net.shape(source), scale * 4), **options)


def lengths(net: Net) -> None:
    source = net.image()
    out = {"shape": net.shape(source), "scale": 1 / 128, "zero_point": 0}
    net.node("L2_NORMALIZATION", [source], out, fusedActivationFunction="NONE")


def repeating(net: Net) -> None:
    source = net.image()
    shape = net.shape(source)
    many = [1, *(net.between(1, 2) for _ in shape[1:])]
    out = [size * times for size, times in zip(shape, many, strict=True)]
    if np.prod(out) <= LARGEST:
        net.node("TILE", [source, net.whole(many)], net.like(source, out))


def spreading(net: Net) -> None:
    """The mean of each channel, broadcast to the image again."""
    source = net.image()
    shape = net.shape(source)
    axes = net.whole([1, 2])
    made = net.node("MEAN", [source, axes], net.like(source, [1, 1, 1, shape[3]]), keepDims=True)
    net.node("BROADCAST_TO", [*made, net.whole(shape)], net.like(source))


def logic(net: Net) -> None:
    source = net.image()
    if net.tensors[source]["scale"] >= 1:
        return
    shape, masks = net.shape(source), []
    for op in ("LESS", "GREATER"):
        level = net.add(net.like(source, [1], fill=[net.between(-60, 60)]))
        masks += net.node(op, [source, level], {"shape": shape, "type": "bool"})
    both = net.node(
        net.either("LOGICAL_AND", "LOGICAL_OR"), masks, {"shape": shape, "type": "bool"}
    )
    (mask,) = net.node("LOGICAL_NOT", both, {"shape": shape, "type": "bool"})
    lowest = net.add(net.like(source, shape, fill="random"))
    net.node("SELECT", [mask, source, lowest], net.like(source))


LAYERS: list[Callable[[Net], None]] = [
    convolution,
    convolution,
    depthwise,
    transposed,
    dense,
    pooling,
    elementwise,
    elementwise,
    extreme,
    choice,
    table,
    table,
    squashing,
    padding,
    joining,
    joining,
    cutting,
    slicing,
    moving,
    blocks,
    resizing,
    choosing,
    reducing,
    stacking,
    matrices,
    largest,
    sums,
    lengths,
    repeating,
    spreading,
    logic,
]


def random_net(seed: int) -> bytes:
    """A .tflite of some ten layers. All that no layer reads are its outputs."""
    rng = np.random.default_rng(seed)
    net = Net(rng)
    for _ in range(net.between(1, 2)):
        shape = [1, net.between(2, 8), net.between(2, 8), net.between(1, 8)]
        net.inputs.append(net.add(net.fresh(shape, 0.05)))
        net.pool.append(net.inputs[-1])
    while len(net.nodes) < 10:
        LAYERS[net.between(0, len(LAYERS) - 1)](net)
    return assemble(net)


def assemble(net: Net) -> bytes:
    """The .tflite of a net."""
    model = schema.ModelT()
    model.version = 3
    model.buffers = [schema.BufferT()]
    model.operatorCodes = []
    graph = schema.SubGraphT()
    graph.tensors = []
    for i, spec in enumerate(net.tensors):
        tensor = generate.tensor_of(spec, f"tensor{i}", net.rng)
        if "fill" in spec:
            buffer = schema.BufferT()
            data = generate.constant(spec, net.rng)
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            tensor.buffer = len(model.buffers)
            model.buffers.append(buffer)
        graph.tensors.append(tensor)
    graph.operators = []
    codes: dict[str, int] = {}
    for op, inputs, outputs, options in net.nodes:
        if op not in codes:
            code = schema.OperatorCodeT()
            code.builtinCode = getattr(schema.BuiltinOperator, op)
            code.deprecatedBuiltinCode = min(code.builtinCode, 127)
            code.version = 1
            codes[op] = len(model.operatorCodes)
            model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = codes[op]
        operator.inputs, operator.outputs = inputs, outputs
        generate.set_options(operator, {"op": op, "name": op, "options": options})
        graph.operators.append(operator)
    read = {index for _, inputs, _, _ in net.nodes for index in inputs}
    made = [index for _, _, outputs, _ in net.nodes for index in outputs]
    graph.inputs, graph.outputs = net.inputs, [index for index in made if index not in read]
    model.subgraphs = [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
