"""int4: weights of Dense and convolution layers have 4 bits, all else is as in int8.

The model is quantized to int8 first; then its weights become 4-bit ones with scales of their own,
while every activation keeps its scale. Where a scale cuts off is chosen by what it costs in the
layer's output on the calibration samples, and the bias takes off the mean of the error that
remains (Nagel et al., 2019).
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tinydeploy.graph import Graph
from tinydeploy.schemes import int8
from tinydeploy.schemes.int8 import configure, left_in_float

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

__all__ = ["configure", "left_in_float", "needs_calibration", "needs_training", "refuse", "rewrite"]

needs_calibration = True
needs_training = False

_LOW, _HIGH = -8, 7
_LEAST_WEIGHTS = 512  # fewer, and 256 bytes are not worth what they cost in accuracy
_CUTS = np.linspace(0.5, 1.05, 45)  # of the largest weight, tried as the largest that there is
_PATCHES = 256  # of a sample, that a convolution's inputs are looked at in
_SAMPLES = 128
_VERSIONS = {"CONV_2D": 7, "FULLY_CONNECTED": 10}  # the first that take such weights
_EIGHT_BITS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")


def refuse(graph: Graph) -> tuple[str, str]:
    """A .tflite must have 4-bit weights and compute in int8 already."""
    reason, hint = int8.refuse_but(graph, "int8")
    if not reason and not any(tensor.dtype == "int4" for tensor in graph.tensors):
        reason = f"{graph.name} has no 4-bit weights"
        hint = "give the Keras model (.keras, .h5 or SavedModel) and --calib"
    return reason, hint


def rewrite(
    tflite: bytes, samples: Callable[[], Iterator[list[Any]]], one_scale: bool
) -> tuple[bytes, list[str]]:
    """An int8 model's bytes with 4-bit weights, and what a person should be told.

    `one_scale` has one scale for all outputs of a Dense layer, not one for each. Called in the
    conversion's own process.
    """
    import flatbuffers
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(tflite, 0))
    layers, kept = _layers(model, schema)
    moments = _moments(tflite, layers, samples)
    for layer in layers:
        _narrow(model, schema, layer, moments[layer.weights], one_scale)
    builder = flatbuffers.Builder(len(tflite))
    builder.Finish(model.Pack(builder), b"TFL3")
    narrow = sum(len(layer.uses) for layer in layers)
    remarks = [f"4-bit weights in {narrow} of {narrow + len(kept)} layers with weights"]
    remarks += [f"weights of 8 bits stay in {int8.listed(kept)}"] * bool(kept)
    return bytes(builder.Output()), remarks


@dataclass(frozen=True, eq=False)
class _Use:
    """An operator that reads weights which get 4 bits; `bias` is -1 without one."""

    operator: Any
    values: int
    bias: int


@dataclass(frozen=True, eq=False)
class _Layer:
    """Weights that get 4 bits, and all that read them: a recurrent layer's in each step."""

    op: str
    weights: int
    shape: tuple[int, ...]
    uses: tuple[_Use, ...]


def _layers(model: Any, schema: Any) -> tuple[list[_Layer], list[str]]:
    """The layers to narrow, and the names of those that stay as they are with the reason."""
    graph = model.subgraphs[0]
    names = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    used = Counter(int(index) for operator in graph.operators for index in operator.inputs)
    found: dict[tuple[str, int], list[_Use]] = {}
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        op = str(names[max(code.builtinCode, code.deprecatedBuiltinCode)])
        if op in _EIGHT_BITS:
            values, weights, *rest = (int(index) for index in operator.inputs)
            use = _Use(operator, values, rest[0] if rest else -1)
            found.setdefault((op, weights), []).append(use)
    layers, kept = [], []
    for (op, weights), uses in found.items():
        biases = Counter(use.bias for use in uses if use.bias >= 0)
        shared = used[weights] > len(uses) or any(used[i] > n for i, n in biases.items())
        reason = _stays(op, graph.tensors[uses[0].values], graph.tensors[weights], shared)
        if reason:
            outputs = [graph.tensors[use.operator.outputs[0]] for use in uses]
            kept += [f"{output.name.decode().split(';')[0]} ({reason})" for output in outputs]
            continue
        shape = tuple(int(size) for size in graph.tensors[weights].shape)
        layers.append(_Layer(op, weights, shape, tuple(uses)))
    return layers, kept


def _stays(op: str, values: Any, weights: Any, shared: bool) -> str:
    """Why a layer keeps 8 bits; empty when it does not."""
    if op not in _VERSIONS:
        return op
    if op == "CONV_2D" and weights.shape[3] != values.shape[3]:
        return "in groups"
    if shared:
        return "weights or bias are those of another kind of layer too"
    count = int(np.prod(weights.shape))
    return f"{count} weights" if count < _LEAST_WEIGHTS else ""


@dataclass(frozen=True, eq=False)
class _Moments:
    """Mean, and mean of the square, of what each weight of an output is multiplied by."""

    mean: Floats
    square: Floats


def _moments(
    tflite: bytes, layers: list[_Layer], samples: Callable[[], Iterator[list[Any]]]
) -> dict[int, _Moments]:
    """Of every layer's inputs, by its weights' index, over the calibration samples."""
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(
        model_content=tflite,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    details = {detail["index"]: detail for detail in interpreter.get_tensor_details()}
    sources = interpreter.get_input_details()
    rows: dict[int, list[Floats]] = {layer.weights: [] for layer in layers}
    uses = [(layer, use) for layer in layers for use in layer.uses]
    random = np.random.default_rng(0)
    for _, sample in zip(range(_SAMPLES), samples(), strict=False):
        for source, values in zip(sources, sample, strict=True):
            interpreter.set_tensor(source["index"], _taken(values, source))
        interpreter.invoke()
        for layer, use in uses:
            scale_in, zero_in = details[use.values]["quantization"]
            values = (interpreter.get_tensor(use.values).astype(np.float64) - zero_in) * scale_in
            seen = _rows(layer, values, random)
            rows[layer.weights].append(np.stack([seen.mean(axis=0), (seen**2).mean(axis=0)]))
    return {weights: _Moments(*np.mean(each, axis=0)) for weights, each in rows.items()}


def _taken(values: Any, source: Any) -> Any:
    """An input's values as the int8 model takes them; whole numbers stay as they are."""
    scale, zero_point = source["quantization"]
    if not scale:
        return np.asarray(values, source["dtype"])
    steps = np.round(np.asarray(values) / scale) + zero_point
    return np.clip(steps, -128, 127).astype(np.int8)


def _rows(layer: _Layer, values: Floats, random: np.random.Generator) -> Floats:
    """What the weights of one output are multiplied by, a row for each time: all, or some."""
    if layer.op == "FULLY_CONNECTED":
        return values.reshape(-1, layer.shape[1])
    height, width = layer.shape[1:3]
    options = layer.uses[0].operator.builtinOptions
    step = options.strideH, options.strideW
    reach = (height - 1) * options.dilationHFactor + 1, (width - 1) * options.dilationWFactor + 1
    if options.padding == 0:  # SAME
        sizes = [
            max((-(-n // s) - 1) * s + r - n, 0)
            for n, s, r in zip(values.shape[1:3], step, reach, strict=True)
        ]
        values = np.pad(values, ((0, 0), *((n // 2, n - n // 2) for n in sizes), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(values, reach, axis=(1, 2))
    windows = windows[
        :, :: step[0], :: step[1], :, :: options.dilationHFactor, :: options.dilationWFactor
    ]
    windows = windows.transpose(0, 1, 2, 4, 5, 3)
    places = np.array(list(np.ndindex(*windows.shape[:3])))
    if len(places) > _PATCHES:
        places = random.choice(places, _PATCHES, replace=False)
    rows: Floats = windows[tuple(places.T)].reshape(len(places), -1)
    return rows


def _narrow(model: Any, schema: Any, layer: _Layer, moments: _Moments, one_scale: bool) -> None:
    """Give the layer weights of 4 bits, and biases of their scales."""
    graph = model.subgraphs[0]
    weights = graph.tensors[layer.weights]
    outputs = layer.shape[0]
    rows = np.frombuffer(bytes(model.buffers[weights.buffer].data), np.int8).reshape(outputs, -1)
    old = np.resize(np.asarray(weights.quantization.scale, np.float64), outputs)
    exact = rows * old[:, None]
    together = one_scale and layer.op == "FULLY_CONNECTED"
    scales = _scales(exact, moments.square, together)
    steps = np.clip(np.round(exact / scales[:, None]), _LOW, _HIGH)
    kept = scales[:1] if together else scales
    pairs = np.pad(steps.reshape(-1), (0, steps.size % 2)).astype(np.int8).view(np.uint8) & 15
    weights.type = schema.TensorType.INT4
    _store(model, schema, weights, pairs[0::2] | pairs[1::2] << 4, kept)
    correction = (exact - steps * scales[:, None]) @ moments.mean
    for use in layer.uses:
        use.operator.opcodeIndex = _code(model, use.operator, _VERSIONS[layer.op])
    for index, values in {use.bias: use.values for use in layer.uses if use.bias >= 0}.items():
        bias, unit = graph.tensors[index], float(graph.tensors[values].quantization.scale[0])
        data = np.frombuffer(bytes(model.buffers[bias.buffer].data), np.int32)
        real = data * old * unit + correction
        limits = np.iinfo(np.int32)
        whole = np.clip(np.round(real / (scales * unit)), limits.min, limits.max)
        _store(model, schema, bias, whole.astype("<i4").view(np.uint8), kept * unit)


def _scales(exact: Floats, squares: Floats, together: bool) -> Floats:
    """[outputs]: the scales whose roundings cost least in the outputs, `squares` being the mean
    squares of what the weights are multiplied by; with `together` the same one for all."""
    groups = [exact] if together else np.split(exact, len(exact))
    found = []
    for rows in groups:
        largest = max(float(np.abs(rows).max()), np.finfo(np.float32).tiny * _HIGH)
        candidates = largest / _HIGH * _CUTS
        rounded = [np.clip(np.round(rows / scale), _LOW, _HIGH) * scale for scale in candidates]
        costs = [((rows - values) ** 2 @ squares).sum() for values in rounded]
        found.append(candidates[int(np.argmin(costs))])
    # As a .tflite stores them.
    return np.resize(np.asarray(found, np.float32).astype(np.float64), len(exact))


def _store(model: Any, schema: Any, tensor: Any, data: Any, scales: Floats) -> None:
    """Give a tensor data and scales."""
    tensor.quantization.scale = scales.astype(np.float32)
    tensor.quantization.zeroPoint = np.zeros(len(scales), np.int64)
    tensor.quantization.quantizedDimension = 0
    old, tensor.buffer = tensor.buffer, len(model.buffers)
    model.buffers.append(schema.BufferT())
    model.buffers[-1].data = data
    if not any(other.buffer == old for other in model.subgraphs[0].tensors):
        model.buffers[old].data = None


def _code(model: Any, operator: Any, version: int) -> int:
    """The index of the operator's code in a version that is at least so high."""
    old = model.operatorCodes[operator.opcodeIndex]
    version = max(old.version, version)
    for index, code in enumerate(model.operatorCodes):
        if (code.builtinCode, code.version) == (old.builtinCode, version):
            return index
    code = copy.copy(old)
    code.version = version
    model.operatorCodes.append(code)
    return len(model.operatorCodes) - 1
