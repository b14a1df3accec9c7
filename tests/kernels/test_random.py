"""Seeded random layers of every shape against the live oracle: what no list of cases thinks of."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import program
import pytest
import toolchain

pytest.importorskip("tflite_micro")
sys.path.insert(0, str(Path(__file__).parent.parent / "cases"))
import generate

pytestmark = pytest.mark.slow

ROUNDS = 12  # layers of each operator
ACTIVATIONS = ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"]

Rng = np.random.Generator
Spec = dict[str, Any]


def between(rng: Rng, low: int, high: int) -> int:
    return int(rng.integers(low, high + 1))


def activation(rng: Rng) -> str:
    return str(rng.choice(ACTIVATIONS))


def tensor(rng: Rng, shape: list[int], scale: float = 0.05, **more: Any) -> Spec:
    spread = float(np.exp2(rng.uniform(-2, 2)))
    return {"shape": shape, "scale": scale * spread, "zero_point": between(rng, -128, 127), **more}


def window(
    rng: Rng, sizes: list[int], taps: list[int], dilation: list[int]
) -> tuple[Spec, list[int]]:
    """Padding and stride, and the output's size."""
    reach = [(t - 1) * d + 1 for t, d in zip(taps, dilation, strict=True)]
    fits = all(r <= s for r, s in zip(reach, sizes, strict=True))
    padding = str(rng.choice(["SAME", "VALID"])) if fits else "SAME"
    stride = [between(rng, 1, 3), between(rng, 1, 3)]
    whole = reach if padding == "VALID" else [1, 1]
    out = [(s + st - w) // st for s, st, w in zip(sizes, stride, whole, strict=True)]
    return {"padding": padding, "strideH": stride[0], "strideW": stride[1]}, out


def conv2d(rng: Rng) -> Spec:
    groups = between(rng, 1, 2)
    inputs, outputs = groups * between(rng, 1, 9), groups * between(rng, 1, 9)
    sizes, taps = [between(rng, 1, 9) for _ in "hw"], [between(rng, 1, 5) for _ in "hw"]
    dilation = [between(rng, 1, 2) for _ in "hw"]
    options, out = window(rng, sizes, taps, dilation)
    filters = [outputs, *taps, inputs // groups]
    return {
        "op": "CONV_2D",
        "inputs": [tensor(rng, [1, *sizes, inputs]), *weights(rng, filters, 0)],
        "output": tensor(rng, [1, *out, outputs], 0.2),
        "options": {
            **options,
            "dilationHFactor": dilation[0],
            "dilationWFactor": dilation[1],
            "fusedActivationFunction": activation(rng),
        },
    }


def depthwise_conv2d(rng: Rng) -> Spec:
    channels, multiplier = between(rng, 1, 9), between(rng, 1, 3)
    sizes, taps = [between(rng, 1, 9) for _ in "hw"], [between(rng, 1, 5) for _ in "hw"]
    dilation = [between(rng, 1, 2)] * 2
    options, out = window(rng, sizes, taps, dilation)
    outputs = channels * multiplier
    return {
        "op": "DEPTHWISE_CONV_2D",
        "inputs": [tensor(rng, [1, *sizes, channels]), *weights(rng, [1, *taps, outputs], 3)],
        "output": tensor(rng, [1, *out, outputs]),
        "options": {
            **options,
            "depthMultiplier": multiplier,
            "dilationHFactor": dilation[0],
            "dilationWFactor": dilation[1],
            "fusedActivationFunction": activation(rng),
        },
    }


def weights(rng: Rng, shape: list[int], axis: int) -> list[Spec]:
    """A symmetric filter, per channel or per tensor, and perhaps a bias."""
    per_channel = {"axis": axis} if rng.random() < 0.7 else {}
    filters = {"shape": shape, "scale": 0.01, "fill": "random", **per_channel}
    bias = {"shape": [shape[axis]], "type": "int32", "scale": 1e-4, "fill": "random"}
    return [filters, bias] if rng.random() < 0.8 else [filters]


def fully_connected(rng: Rng) -> Spec:
    batches, inputs, outputs = between(rng, 1, 3), between(rng, 1, 70), between(rng, 1, 20)
    values = tensor(rng, [batches, inputs])
    filters, *bias = weights(rng, [outputs, inputs], 0)
    for spec in bias:
        spec["scale"] = values["scale"] * filters["scale"]
    return {
        "op": "FULLY_CONNECTED",
        "inputs": [values, filters, *bias],
        "output": tensor(rng, [batches, outputs], 0.2),
        "options": {"fusedActivationFunction": activation(rng)},
    }


def average_pool2d(rng: Rng) -> Spec:
    channels = between(rng, 1, 9)
    sizes, taps = [between(rng, 1, 9) for _ in "hw"], [between(rng, 1, 5) for _ in "hw"]
    options, out = window(rng, sizes, taps, [1, 1])
    image = tensor(rng, [1, *sizes, channels])
    return {
        "op": "AVERAGE_POOL_2D",
        "inputs": [image],
        "output": {**image, "shape": [1, *out, channels]},
        "options": {
            **options,
            "filterHeight": taps[0],
            "filterWidth": taps[1],
            "fusedActivationFunction": activation(rng),
        },
    }


def max_pool2d(rng: Rng) -> Spec:
    return {**average_pool2d(rng), "op": "MAX_POOL_2D"}


def binary(op: str) -> Callable[[Rng], Spec]:
    def spec(rng: Rng) -> Spec:
        shape = [between(rng, 1, 6) for _ in range(between(rng, 1, 4))]
        shapes = [[s if rng.random() < 0.7 else 1 for s in shape] for _ in range(2)]
        out = [max(pair) for pair in zip(*shapes, strict=True)]
        return {
            "op": op,
            "inputs": [tensor(rng, shapes[0]), tensor(rng, shapes[1])],
            "output": tensor(rng, out, 0.05),
            "options": {"fusedActivationFunction": activation(rng)},
        }

    return spec


def mean(rng: Rng) -> Spec:
    shape = [between(rng, 1, 8) for _ in range(between(rng, 1, 4))]
    count = between(rng, 1, len(shape))
    axes = sorted(int(a) for a in rng.choice(len(shape), count, replace=False))
    kept = [1 if axis in axes else size for axis, size in enumerate(shape)]
    return {
        "op": "MEAN",
        "inputs": [tensor(rng, shape), {"shape": [count], "type": "int32", "fill": axes}],
        "output": tensor(rng, kept),
        "options": {"keepDims": True},
    }


def softmax(rng: Rng) -> Spec:
    rows, depth = between(rng, 1, 40), between(rng, 1, 20)
    return {
        "op": "SOFTMAX",
        "inputs": [tensor(rng, [rows, depth], float(np.exp2(rng.uniform(-8, 2))))],
        "output": {"shape": [rows, depth], "scale": 1 / 256, "zero_point": -128},
        "options": {"beta": float(rng.uniform(0.2, 2))},
    }


def log_softmax(rng: Rng) -> Spec:
    spec = softmax(rng)
    out = {"shape": spec["output"]["shape"], "scale": 1 / 16, "zero_point": 127}
    return {"op": "LOG_SOFTMAX", "inputs": spec["inputs"], "output": out}


def logistic(rng: Rng) -> Spec:
    return {
        "op": "LOGISTIC",
        "inputs": [tensor(rng, [256], float(np.exp2(rng.uniform(-9, 1))))],
        "output": {"shape": [256], "scale": 1 / 256, "zero_point": -128},
    }


def quantize(rng: Rng) -> Spec:
    return {"op": "QUANTIZE", "inputs": [tensor(rng, [256])], "output": tensor(rng, [256])}


def relu(rng: Rng) -> Spec:
    return {"op": "RELU", "inputs": [tensor(rng, [256])], "output": tensor(rng, [256])}


def table(op: str, input_zero: int | None = None, **more: Any) -> Callable[[Rng], Spec]:
    """An operator on single elements; the output's quantization is drawn or given."""

    def spec(rng: Rng) -> Spec:
        values = tensor(rng, [256], float(np.exp2(rng.uniform(-9, 3))))
        if input_zero is not None:
            values["zero_point"] = input_zero
        return {"op": op, "inputs": [values], "output": {**tensor(rng, [256]), **more}}

    return spec


def leaky_relu(rng: Rng) -> Spec:
    return {**table("LEAKY_RELU")(rng), "options": {"alpha": float(rng.uniform(-1, 1.5))}}


def squared_difference(rng: Rng) -> Spec:
    spec = binary("SQUARED_DIFFERENCE")(rng)
    del spec["options"]
    return spec


def prelu(rng: Rng) -> Spec:
    spec = squared_difference(rng)
    return {**spec, "op": "PRELU"}


def maximum(rng: Rng) -> Spec:
    spec = squared_difference(rng)
    same = {key: spec["output"][key] for key in ("scale", "zero_point")}
    return {**spec, "op": "MAXIMUM", "inputs": [{**values, **same} for values in spec["inputs"]]}


def less(rng: Rng) -> Spec:
    spec = squared_difference(rng)
    return {**spec, "op": "LESS", "output": {"shape": spec["output"]["shape"], "type": "bool"}}


def whole(values: list[int]) -> Spec:
    """A constant vector of int32."""
    return {"shape": [len(values)], "type": "int32", "fill": values}


def transpose(rng: Rng) -> Spec:
    shape = [between(rng, 1, 5) for _ in range(between(rng, 1, 5))]
    order = [int(i) for i in rng.permutation(len(shape))]
    values = tensor(rng, shape)
    out = {**values, "shape": [shape[i] for i in order]}
    return {"op": "TRANSPOSE", "inputs": [values, whole(order)], "output": out}


def strided_slice(rng: Rng) -> Spec:
    shape = [between(rng, 1, 7) for _ in range(between(rng, 1, 4))]
    slices = []
    for size in shape:
        first, step = between(rng, 0, size - 1), int(rng.choice([-2, -1, 1, 1, 2, 3]))
        last = between(rng, first, size - 1) if step > 0 else between(rng, 0, first)
        slices.append((first, last + 1 if step > 0 else last - 1 if last else -size - 1, step))
    out = [len(range(size)[slice(*bounds)]) for size, bounds in zip(shape, slices, strict=True)]
    values = tensor(rng, shape)
    columns = [whole(list(column)) for column in zip(*slices, strict=True)]
    masks = dict.fromkeys(
        ("beginMask", "endMask", "ellipsisMask", "newAxisMask", "shrinkAxisMask"), 0
    )
    return {
        "op": "STRIDED_SLICE",
        "inputs": [values, *columns],
        "output": {**values, "shape": out},
        "options": masks,
    }


def resize(op: str) -> Callable[[Rng], Spec]:
    def spec(rng: Rng) -> Spec:
        sizes, out = [between(rng, 1, 7) for _ in "hw"], [between(rng, 1, 12) for _ in "hw"]
        channels, how = between(rng, 1, 4), between(rng, 0, 2)
        image = tensor(rng, [1, *sizes, channels])
        return {
            "op": op,
            "inputs": [image, whole(out)],
            "output": {**image, "shape": [1, *out, channels]},
            "options": {"alignCorners": how == 1, "halfPixelCenters": how == 2},
        }

    return spec


def reduced(op: str, same: bool) -> Callable[[Rng], Spec]:
    def spec(rng: Rng) -> Spec:
        made = mean(rng)
        kept = made["inputs"][0] if same else made["output"]
        return {**made, "op": op, "output": {**kept, "shape": made["output"]["shape"]}}

    return spec


def transpose_conv(rng: Rng) -> Spec:
    inputs, outputs = between(rng, 1, 6), between(rng, 1, 6)
    sizes, taps = [between(rng, 1, 5) for _ in "hw"], [between(rng, 1, 5) for _ in "hw"]
    stride = [between(rng, 1, 3) for _ in "hw"]
    padding = str(rng.choice(["SAME", "VALID"]))
    reach = taps if padding == "VALID" else [1, 1]
    out = [(n - 1) * s + r for n, s, r in zip(sizes, stride, reach, strict=True)]
    filters, *bias = weights(rng, [outputs, *taps, inputs], 0)
    return {
        "op": "TRANSPOSE_CONV",
        "inputs": [whole([1, *out, outputs]), filters, tensor(rng, [1, *sizes, inputs]), *bias],
        "output": tensor(rng, [1, *out, outputs], 0.2),
        "options": {
            "padding": padding,
            "strideH": stride[0],
            "strideW": stride[1],
            "fusedActivationFunction": activation(rng),
        },
    }


def batch_matmul(rng: Rng) -> Spec:
    rows, depth, columns = (between(rng, 1, 9) for _ in range(3))
    batches = [between(rng, 1, 3) for _ in range(between(rng, 0, 3))]
    pairs = [[b if rng.random() < 0.7 else 1 for b in batches] for _ in range(2)]
    swapped = [bool(rng.random() < 0.5) for _ in range(2)]
    matrices = [[rows, depth], [depth, columns]]
    shapes = [
        [*batch, *(matrix[::-1] if swap else matrix)]
        for batch, matrix, swap in zip(pairs, matrices, swapped, strict=True)
    ]
    out = [*map(max, *pairs), rows, columns]
    return {
        "op": "BATCH_MATMUL",
        "inputs": [tensor(rng, shapes[0]), tensor(rng, shapes[1])],
        "output": tensor(rng, out, 0.2),
        "options": {"adjX": swapped[0], "adjY": swapped[1]},
    }


OPERATORS: dict[str, Callable[[Rng], Spec]] = {
    "conv2d": conv2d,
    "depthwise_conv2d": depthwise_conv2d,
    "fully_connected": fully_connected,
    "average_pool2d": average_pool2d,
    "max_pool2d": max_pool2d,
    "add": binary("ADD"),
    "mul": binary("MUL"),
    "sub": binary("SUB"),
    "mean": mean,
    "softmax": softmax,
    "logistic": logistic,
    "quantize": quantize,
    "relu": relu,
    "abs": table("ABS"),
    "batch_matmul": batch_matmul,
    "elu": table("ELU"),
    "leaky_relu": leaky_relu,
    "less": less,
    "log_softmax": log_softmax,
    "maximum": maximum,
    "prelu": prelu,
    "reduce_max": reduced("REDUCE_MAX", same=True),
    "resize_bilinear": resize("RESIZE_BILINEAR"),
    "resize_nearest_neighbor": resize("RESIZE_NEAREST_NEIGHBOR"),
    "rsqrt": table("RSQRT", input_zero=-128),
    "squared_difference": squared_difference,
    "strided_slice": strided_slice,
    "sum": reduced("SUM", same=False),
    "tanh": table("TANH", scale=1 / 128, zero_point=0),
    "transpose": transpose,
    "transpose_conv": transpose_conv,
}


def cases(operator: str, rounds: int) -> list[program.Case]:
    """Random layers of one operator with what the oracle makes of them."""
    made = []
    for seed in range(rounds):
        rng = np.random.default_rng([seed, *operator.encode()])
        spec = {"name": f"{operator}/seed{seed}", **OPERATORS[operator](rng)}
        model = generate.build(spec, rng)
        inputs = [generate.samples(t, rng) for t in spec["inputs"] if "fill" not in t]
        outputs = tuple(generate.oracle(model, inputs))
        made.append(program.Case(spec["name"], model, tuple(inputs), outputs))
    return made


@pytest.fixture(scope="module")
def groups() -> dict[str, list[program.Case]]:
    return {operator: cases(operator, ROUNDS) for operator in OPERATORS}


@pytest.mark.parametrize("run", [toolchain.host, toolchain.emulated])
def test_random_layers(
    groups: dict[str, list[program.Case]],
    run: Callable[[list[Path], Path], str],
    tmp_path: Path,
) -> None:
    output = run(toolchain.sources(tmp_path, groups), tmp_path)
    names = [case.name for group in groups.values() for case in group]
    wrong = [name for name in names if toolchain.said(output, name) != [f"ok {name}"]]
    assert not wrong, output
