"""Build every case's one-operator model, run the oracle on it and store what it answers.

`generate.py` rewrites each `<op>.npz` from its `<op>.toml`; `generate.py conv2d` only that one. A
stored case holds the .tflite, the inputs of every sample and the outputs of the `tflite_micro`
interpreter, so that nothing else needs it. Options have the names of TensorFlow Lite's schema.
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from tflite_micro import runtime
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from tinydeploy.expanded import for_floats
from tinydeploy.stand_ins import for_micro

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
ARENA_BYTES = 1 << 20
OPTIONS = {
    "ABS": "AbsOptions",
    "ADD": "AddOptions",
    "ADD_N": "AddNOptions",
    "ARG_MAX": "ArgMaxOptions",
    "ARG_MIN": "ArgMinOptions",
    "ASSIGN_VARIABLE": "AssignVariableOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "BATCH_MATMUL": "BatchMatMulOptions",
    "BATCH_TO_SPACE_ND": "BatchToSpaceNDOptions",
    "BROADCAST_TO": "BroadcastToOptions",
    "CALL_ONCE": "CallOnceOptions",
    "CAST": "CastOptions",
    "CONCATENATION": "ConcatenationOptions",
    "CONV_2D": "Conv2DOptions",
    "COS": "CosOptions",
    "CUMSUM": "CumsumOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "DEPTH_TO_SPACE": "DepthToSpaceOptions",
    "DEQUANTIZE": "DequantizeOptions",
    "DIV": "DivOptions",
    "DYNAMIC_UPDATE_SLICE": "DynamicUpdateSliceOptions",
    "EQUAL": "EqualOptions",
    "EXP": "ExpOptions",
    "EXPAND_DIMS": "ExpandDimsOptions",
    "FILL": "FillOptions",
    "FLOOR_DIV": "FloorDivOptions",
    "FLOOR_MOD": "FloorModOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "GATHER": "GatherOptions",
    "GATHER_ND": "GatherNdOptions",
    "GELU": "GeluOptions",
    "GREATER": "GreaterOptions",
    "GREATER_EQUAL": "GreaterEqualOptions",
    "HARD_SWISH": "HardSwishOptions",
    "L2_NORMALIZATION": "L2NormOptions",
    "L2_POOL_2D": "Pool2DOptions",
    "LEAKY_RELU": "LeakyReluOptions",
    "LESS": "LessOptions",
    "LESS_EQUAL": "LessEqualOptions",
    "LOGICAL_AND": "LogicalAndOptions",
    "LOGICAL_NOT": "LogicalNotOptions",
    "LOGICAL_OR": "LogicalOrOptions",
    "LOG_SOFTMAX": "LogSoftmaxOptions",
    "MAXIMUM": "MaximumMinimumOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "MINIMUM": "MaximumMinimumOptions",
    "MIRROR_PAD": "MirrorPadOptions",
    "MUL": "MulOptions",
    "NEG": "NegOptions",
    "NOT_EQUAL": "NotEqualOptions",
    "PACK": "PackOptions",
    "PAD": "PadOptions",
    "PADV2": "PadV2Options",
    "QUANTIZE": "QuantizeOptions",
    "READ_VARIABLE": "ReadVariableOptions",
    "REDUCE_ALL": "ReducerOptions",
    "REDUCE_MAX": "ReducerOptions",
    "REDUCE_MIN": "ReducerOptions",
    "RESHAPE": "ReshapeOptions",
    "RESIZE_BILINEAR": "ResizeBilinearOptions",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions",
    "REVERSE_V2": "ReverseV2Options",
    "SELECT": "SelectOptions",
    "SELECT_V2": "SelectV2Options",
    "SHAPE": "ShapeOptions",
    "SLICE": "SliceOptions",
    "SOFTMAX": "SoftmaxOptions",
    "SPACE_TO_BATCH_ND": "SpaceToBatchNDOptions",
    "SPACE_TO_DEPTH": "SpaceToDepthOptions",
    "SPLIT": "SplitOptions",
    "SPLIT_V": "SplitVOptions",
    "SQUARE": "SquareOptions",
    "SQUARED_DIFFERENCE": "SquaredDifferenceOptions",
    "SQUEEZE": "SqueezeOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
    "SUB": "SubOptions",
    "SUM": "ReducerOptions",
    "SVDF": "SVDFOptions",
    "TILE": "TileOptions",
    "TRANSPOSE": "TransposeOptions",
    "TRANSPOSE_CONV": "TransposeConvOptions",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "UnidirectionalSequenceLSTMOptions",
    "UNPACK": "UnpackOptions",
    "VAR_HANDLE": "VarHandleOptions",
    "ZEROS_LIKE": "ZerosLikeOptions",
}
ENUMS = {
    "padding": schema.Padding,
    "fusedActivationFunction": schema.ActivationFunctionType,
    "mode": schema.MirrorPadMode,
}


def cases(toml: Path) -> list[dict[str, Any]]:
    """The cases of one file, each with its operator and a seed of its own."""
    table = tomllib.loads(toml.read_text(encoding="utf-8"))
    return [
        {"op": table["op"], "seed": zlib.crc32(case["name"].encode()), **case}
        for case in table["case"]
    ]


def generate(toml: Path) -> dict[str, np.ndarray]:
    """The arrays of one .npz: `<case>/model`, `<case>/input0`, … and `<case>/output0`, …"""
    arrays: dict[str, np.ndarray] = {}
    for case in cases(toml):
        rng = np.random.default_rng(case["seed"])
        model = build(case, rng)
        varying = [t for t in case["inputs"] if is_varying(t)]
        inputs = [samples(tensor, rng) for tensor in varying]
        name = case["name"]
        arrays[f"{name}/model"] = np.frombuffer(model, np.uint8)
        for i, values in enumerate(inputs):
            arrays[f"{name}/input{i}"] = values
        for i, values in enumerate(oracle(model, inputs)):
            arrays[f"{name}/output{i}"] = values
    return arrays


def oracle(model: bytes, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """The interpreter's values of each output for every sample; with the weights of float layers
    in float32, which is all it runs, and of stand-ins for what it lacks,
    which tests/convert/test_stand_ins.py compares with TensorFlow Lite's own kernels."""
    interpreter = runtime.Interpreter.from_bytes(
        for_micro(for_floats(model)), arena_size=ARENA_BYTES
    )
    count = schema.Model.GetRootAs(model, 0).Subgraphs(0).OutputsLength()
    outputs: list[list[np.ndarray]] = [[] for _ in range(count)]
    for sample in zip(*inputs, strict=True) if inputs else [()]:
        for i, values in enumerate(sample):
            interpreter.set_input(values, i)
        interpreter.reset()  # variable tensors, which an invoke leaves changed
        interpreter.invoke()
        for i, values in enumerate(outputs):
            values.append(np.array(interpreter.get_output(i)))
    return [np.stack(values) for values in outputs]


def is_varying(tensor: dict[str, Any]) -> bool:
    """Whether an input of the operator is one of the model."""
    return not {"fill", "absent", "variable"} & set(tensor)


def samples(tensor: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    """Five samples: random, lowest, highest, a mix of both, and a ramp over all values."""
    shape = tensor["shape"]
    size = int(np.prod(shape))
    dtype = np.dtype(tensor.get("type", "int8"))
    if "below" in tensor:
        return rng.integers(0, tensor["below"], (5, *shape)).astype(dtype)
    if dtype == np.float32:
        steps = (np.arange(size) - size // 2) / 2  # ties between two quantized values among them
        wide = rng.normal(size=size) * 100
        rows = np.stack([wide, np.full(size, -1e9), np.full(size, 1e9), -wide, steps])
        rows = np.abs(rows) if tensor.get("positive") else rows
        return (rows * tensor["unit"]).astype(np.float32).reshape(5, *shape)
    if dtype == np.bool_:
        rows = np.stack([rng.random(size) < share for share in (0.5, 0, 1, 0.9, 0.1)])
        return rows.reshape(5, *shape)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    rows = np.stack(
        [
            rng.integers(low, high + 1, size),
            np.full(size, low),
            np.full(size, high),
            rng.choice([low, high], size),
            (np.arange(size) + int(rng.integers(256))) % 256 + low,
        ]
    )
    return rows.astype(dtype).reshape(5, *shape)


def constant(tensor: dict[str, Any], rng: np.random.Generator) -> np.ndarray:
    """The values of a constant tensor."""
    four_bits = tensor.get("type") == "int4"
    dtype = np.dtype("int8" if four_bits else tensor.get("type", "int8"))
    shape, fill = tensor["shape"], tensor["fill"]
    reach = tensor.get("reach", 7 if four_bits else 127 if dtype == np.int8 else 3000)
    if isinstance(fill, list):
        return np.array(fill, dtype).reshape(shape)
    if fill == "random" and dtype.kind == "f":
        return rng.normal(size=shape).astype(dtype)
    if fill == "random":
        return rng.integers(-reach, reach + 1, shape).astype(dtype)
    if fill == "extreme":
        return rng.choice([-reach - 1, reach], shape).astype(dtype)
    return np.full(shape, {"lowest": -reach - 1, "highest": reach}[fill], dtype)


def stored(values: np.ndarray, spec: dict[str, Any]) -> np.ndarray:
    """A constant's bytes; two 4-bit ones share a byte, the first in its low half."""
    if spec.get("type") != "int4":
        return np.frombuffer(values.tobytes(), np.uint8)
    flat = np.pad(values.reshape(-1), (0, values.size % 2)).view(np.uint8) & 15
    return flat[0::2] | flat[1::2] << 4


def build(case: dict[str, Any], rng: np.random.Generator) -> bytes:
    """A .tflite of the one operator of the case."""
    model = schema.ModelT()
    model.version = 3
    model.buffers = [schema.BufferT()]
    graph = schema.SubGraphT()
    graph.tensors = []
    results = case["outputs"] if "outputs" in case else [case["output"]]
    specs = [spec for spec in case["inputs"] if "absent" not in spec]
    for i, spec in enumerate([*specs, *results]):
        graph.tensors.append(tensor_of(spec, f"tensor{i}", rng))
        if "fill" in spec:
            buffer = schema.BufferT()
            buffer.data = stored(constant(spec, rng), spec)
            graph.tensors[-1].buffer = len(model.buffers)
            model.buffers.append(buffer)
    code = schema.OperatorCodeT()
    code.builtinCode = getattr(schema.BuiltinOperator, case["op"])
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    code.version = case.get("version", 1)
    model.operatorCodes = [code]
    count = len(specs)
    places = iter(range(count))
    operator = schema.OperatorT()
    operator.inputs = [-1 if "absent" in spec else next(places) for spec in case["inputs"]]
    operator.outputs = [count + i for i in range(len(results))]
    set_options(operator, case)
    graph.operators = [operator]
    graph.inputs = [i for i, spec in enumerate(specs) if is_varying(spec)]
    graph.outputs = operator.outputs
    model.subgraphs = [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def tensor_of(spec: dict[str, Any], name: str, rng: np.random.Generator) -> Any:
    """A schema tensor; with an `axis` its scales are spread around `scale` along that axis."""
    tensor = schema.TensorT()
    tensor.name = name.encode()
    tensor.shape = spec["shape"]
    tensor.type = getattr(schema.TensorType, spec.get("type", "int8").upper())
    tensor.isVariable = spec.get("variable", False)
    if "scale" in spec:
        quantization = schema.QuantizationParametersT()
        scales = [spec["scale"]]
        if "axis" in spec:
            count = spec["shape"][spec["axis"]]
            scales = list(spec["scale"] * 2 ** rng.uniform(-3, 3, count))
            quantization.quantizedDimension = spec["axis"]
        quantization.scale = scales
        quantization.zeroPoint = [spec.get("zero_point", 0)] * len(scales)
        tensor.quantization = quantization
    return tensor


def set_options(operator: Any, case: dict[str, Any]) -> None:
    """The operator's options table, from the case's `options`."""
    name = OPTIONS.get(case["op"])
    if name is None:
        return
    options = getattr(schema, f"{name}T")()
    for key, value in case.get("options", {}).items():
        known = hasattr(options, key)
        assert known, f"{case['name']}: {name} has no {key}"
        setattr(options, key, getattr(ENUMS[key], value) if key in ENUMS else value)
    operator.builtinOptionsType = getattr(schema.BuiltinOptions, name)
    operator.builtinOptions = options


def main(names: list[str]) -> None:
    """Generate the named operators' cases, or all."""
    for toml in sorted(HERE.glob("*.toml")):
        if not names or toml.stem in names:
            arrays = generate(toml)
            np.savez_compressed(toml.with_suffix(".npz"), **arrays)
            size = toml.with_suffix(".npz").stat().st_size
            print(f"{toml.stem}: {len(cases(toml))} cases, {size} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
