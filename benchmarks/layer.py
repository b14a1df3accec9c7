"""Int8 models of one or two layers, written straight as .tflite: what the shape sweep runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod, sqrt
from typing import Any

import flatbuffers  # type: ignore[import-untyped]
import numpy as np
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

_INPUT_SCALE, _INPUT_ZERO_POINT = 0.05, 3
_POOLS = ("AVERAGE_POOL_2D", "MAX_POOL_2D")
_INT8_STD = 74.0  # of a uniformly distributed int8
_OUTPUT_STD = 40.0  # of the output, in its own steps: few values saturate


@dataclass(frozen=True)
class Layer:
    """A convolution of `height` × `width` × `channels` inputs, or with `op` FULLY_CONNECTED a dense
    layer of `channels` inputs. `filters` are output channels, a multiple of `channels` when
    depthwise, and `channels` in the operators that multiply nothing: AVERAGE_POOL_2D, MAX_POOL_2D,
    and ADD of a constant, which has the input's shape or with `kernel` (0, 0) a value a channel."""

    op: str
    height: int
    width: int
    channels: int
    filters: int
    kernel: tuple[int, int] = (1, 1)
    strides: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    same: bool = True
    groups: int = 1
    batch: int = 1
    pads: tuple[int, int, int, int] = (0, 0, 0, 0)
    """Zeros above, below, left and right of the input, by a PAD in front of the layer."""
    zero_point: int = -128
    """Of the output. Every layer has a ReLU, for which a converter chooses -128; with another value
    the activation clamps inside of int8."""

    @property
    def output(self) -> tuple[int, int]:
        """Height and width of the output (TensorFlow's SAME and VALID)."""
        sizes = []
        top, bottom, left, right = self.pads
        padded = (self.height + top + bottom, self.width + left + right)
        if self.op == "ADD":
            return padded
        for size, k, s, d in zip(padded, self.kernel, self.strides, self.dilation, strict=True):
            covered = size if self.same else size - d * (k - 1)
            sizes.append(-(-covered // s))
        return sizes[0], sizes[1]

    @property
    def taps(self) -> int:
        """Multiply-accumulates of one output value; inputs that it comes from where nothing is
        multiplied."""
        if self.op == "ADD":
            return 1
        mixed = self.op in ("CONV_2D", "FULLY_CONNECTED")
        return prod(self.kernel) * (self.channels // self.groups if mixed else 1)

    @property
    def macs(self) -> int:
        """`taps` of the whole layer, padding included: what tinydeploy counts."""
        return self.batch * prod(self.output) * self.filters * self.taps


def tflite(layers: Sequence[Layer], seed: int) -> bytes:
    """The bytes of a model of these layers in a row, with seeded weights."""
    rng = np.random.default_rng(seed)
    made = _Model()
    first = layers[0]
    dense = first.op == "FULLY_CONNECTED"
    image = (first.batch, first.height, first.width, first.channels)
    shape = (first.batch, first.channels) if dense else image
    made.tensor("input", shape, schema.TensorType.INT8, [_INPUT_SCALE], [_INPUT_ZERO_POINT])
    scale = _INPUT_SCALE
    for index, layer in enumerate(layers):
        scale = _append(made, layer, f"layer{index}", scale, rng)
    return made.bytes()


def _append(
    made: _Model, layer: Layer, name: str, input_scale: float, rng: np.random.Generator
) -> float:
    """Append a layer that reads the last tensor; returns its output's scale."""
    if any(layer.pads):
        _append_pad(made, layer, input_scale)
    if layer.op in _POOLS or layer.op == "ADD":
        return _append_plain(made, layer, name, input_scale, rng)
    dense = layer.op == "FULLY_CONNECTED"
    scales = rng.uniform(0.01, 0.02, 1 if dense else layer.filters).astype(np.float32)
    output_scale = (
        input_scale * float(scales.mean()) * _INT8_STD**2 * sqrt(layer.taps) / _OUTPUT_STD
    )
    filters = rng.integers(-127, 128, _filter_shape(layer)).astype(np.int8)
    bias = rng.integers(-3000, 3000, layer.filters).astype(np.int32)
    axis = 3 if layer.op == "DEPTHWISE_CONV_2D" else 0
    output = () if dense else layer.output
    shape = (layer.batch, *output, layer.filters)
    inputs = [
        made.last,
        made.tensor("filter", filters.shape, schema.TensorType.INT8, scales, None, axis, filters),
        made.tensor(
            "bias", bias.shape, schema.TensorType.INT32, scales * input_scale, None, 0, bias
        ),
    ]
    made.tensor(name, shape, schema.TensorType.INT8, [output_scale], [layer.zero_point])
    made.operator(layer.op, inputs, made.last, *_options(layer))
    return output_scale


def _append_pad(made: _Model, layer: Layer, scale: float) -> None:
    """Append a PAD of the last tensor, which a compiler may merge into the layer."""
    top, bottom, left, right = layer.pads
    paddings = np.array([(0, 0), (top, bottom), (left, right), (0, 0)], np.int32)
    shape = (layer.batch, layer.height + top + bottom, layer.width + left + right, layer.channels)
    inputs = [made.last, made.constant("paddings", paddings)]
    made.tensor("padded", shape, schema.TensorType.INT8, [scale], [_INPUT_ZERO_POINT])
    made.operator("PAD", inputs, made.last, schema.BuiltinOptions.PadOptions, schema.PadOptionsT())


def _append_plain(
    made: _Model, layer: Layer, name: str, scale: float, rng: np.random.Generator
) -> float:
    """Append a pooling, or an ADD of a constant."""
    inputs, output_scale = [made.last], scale
    if layer.op == "ADD":
        whole = (layer.batch, layer.height, layer.width) if prod(layer.kernel) else ()
        values = rng.integers(-128, 128, (*whole, layer.channels)).astype(np.int8)
        ratio = rng.uniform(1.1, 1.9)
        inputs.append(
            made.tensor(
                "addend", values.shape, schema.TensorType.INT8, [scale * ratio], None, 0, values
            )
        )
        output_scale = 2 * scale
    shape = (layer.batch, *layer.output, layer.filters)
    zero_point = layer.zero_point if layer.op == "ADD" else _INPUT_ZERO_POINT
    made.tensor(name, shape, schema.TensorType.INT8, [output_scale], [zero_point])
    made.operator(layer.op, inputs, made.last, *_options(layer))
    return output_scale


def _filter_shape(layer: Layer) -> tuple[int, ...]:
    if layer.op == "FULLY_CONNECTED":
        return layer.filters, layer.channels
    if layer.op == "DEPTHWISE_CONV_2D":
        return 1, *layer.kernel, layer.filters
    return layer.filters, *layer.kernel, layer.channels // layer.groups


def _options(layer: Layer) -> tuple[int, Any]:
    relu = schema.ActivationFunctionType.RELU
    if layer.op == "FULLY_CONNECTED":
        dense = schema.FullyConnectedOptionsT()
        dense.fusedActivationFunction = relu
        return schema.BuiltinOptions.FullyConnectedOptions, dense
    if layer.op == "ADD":
        add = schema.AddOptionsT()
        add.fusedActivationFunction = schema.ActivationFunctionType.NONE
        return schema.BuiltinOptions.AddOptions, add
    if layer.op in _POOLS:
        pool = schema.Pool2DOptionsT()
        pool.padding = schema.Padding.SAME if layer.same else schema.Padding.VALID
        pool.strideH, pool.strideW = layer.strides
        pool.filterHeight, pool.filterWidth = layer.kernel
        return schema.BuiltinOptions.Pool2DOptions, pool
    depthwise = layer.op == "DEPTHWISE_CONV_2D"
    options = schema.DepthwiseConv2DOptionsT() if depthwise else schema.Conv2DOptionsT()
    options.padding = schema.Padding.SAME if layer.same else schema.Padding.VALID
    options.strideH, options.strideW = layer.strides
    options.dilationHFactor, options.dilationWFactor = layer.dilation
    options.fusedActivationFunction = relu
    if depthwise:
        options.depthMultiplier = layer.filters // layer.channels
        return schema.BuiltinOptions.DepthwiseConv2DOptions, options
    return schema.BuiltinOptions.Conv2DOptions, options


class _Model:
    """A .tflite under construction: its first tensor is the input, its last the output."""

    def __init__(self) -> None:
        self._model = schema.ModelT()
        self._model.version = 3
        self._model.buffers, self._model.operatorCodes = [schema.BufferT()], []
        self._graph = schema.SubGraphT()
        self._graph.tensors, self._graph.operators = [], []

    @property
    def last(self) -> int:
        """The index of the last tensor."""
        return len(self._graph.tensors) - 1

    def tensor(
        self,
        name: str,
        shape: tuple[int, ...],
        kind: int,
        scales: Any,
        zero_points: list[int] | None,
        axis: int = 0,
        data: Any = None,
    ) -> int:
        """Append a tensor; returns its index."""
        tensor = schema.TensorT()
        tensor.name, tensor.type, tensor.shape = name, kind, list(shape)
        tensor.quantization = schema.QuantizationParametersT()
        tensor.quantization.scale = np.asarray(scales, np.float32)
        tensor.quantization.zeroPoint = zero_points or [0] * len(scales)
        tensor.quantization.quantizedDimension = axis
        if data is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(data.tobytes(), np.uint8)
            tensor.buffer = len(self._model.buffers)
            self._model.buffers.append(buffer)
        self._graph.tensors.append(tensor)
        return self.last

    def constant(self, name: str, values: Any) -> int:
        """Append a constant of int32 without a scale; returns its index."""
        return self.tensor(name, values.shape, schema.TensorType.INT32, [], None, 0, values)

    def operator(
        self, op: str, inputs: list[int], output: int, options_type: int, options: Any
    ) -> None:
        """Append an operator."""
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, op)
        code.version = 3
        self._model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self._model.operatorCodes) - 1
        operator.builtinOptionsType, operator.builtinOptions = options_type, options
        operator.inputs, operator.outputs = inputs, [output]
        self._graph.operators.append(operator)

    def bytes(self) -> bytes:
        """The finished file."""
        self._graph.inputs, self._graph.outputs = [0], [self.last]
        self._model.subgraphs = [self._graph]
        builder = flatbuffers.Builder(1024)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())
