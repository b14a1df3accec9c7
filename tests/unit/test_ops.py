"""Operators as data: what they refuse, and calls that fit their kernels' C structs."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from tinydeploy import tflite
from tinydeploy.emit import C_TYPES
from tinydeploy.graph import Aim, Call, Const, Graph, Inputs, Node, Operand, Outputs, Tensor
from tinydeploy.ops import OPS, dtypes, lowering
from tinydeploy.tools import data_dir

CASES = Path(__file__).parent.parent / "cases"
CONV = {"padding": "SAME", "stride": (1, 1), "dilation": (1, 1), "activation": "NONE"}


def stored(stem: str) -> list[tuple[str, Graph]]:
    """The graphs of an operator's stored cases."""
    with np.load(CASES / f"{stem}.npz") as arrays:
        return [
            (key, tflite.read(arrays[key].tobytes(), key))
            for key in arrays.files
            if key.endswith("/model")
        ]


def image(index: int, shape: tuple[int, ...], **changes: object) -> Tensor:
    plain = Tensor(index, f"tensor{index}", shape, "int8", (0.5,), (3,))
    return replace(plain, **changes)  # type: ignore[arg-type]


def weights(index: int, shape: tuple[int, ...], **changes: object) -> Tensor:
    return image(index, shape, **{"zero_points": (0,), "data": np.ones(shape, np.int8), **changes})


def whole(*values: int) -> Tensor:
    """A constant vector of int32."""
    data = np.array(values, np.int32)
    return Tensor(0, "numbers", data.shape, "int32", data=data)


def graph_of(op: str, attrs: dict[str, object], *tensors: Tensor) -> Graph:
    """A graph of one node whose last tensor is its output."""
    inputs = tuple(range(len(tensors) - 1))
    node = Node(0, op, "layer", inputs, (len(tensors) - 1,), attrs)  # type: ignore[arg-type]
    return Graph("graph", tensors, (node,), inputs[:1], node.outputs)


def reason(graph: Graph) -> str:
    return lowering(graph, graph.nodes[0]).refuse(graph, graph.nodes[0])


def lower(graph: Graph) -> Call:
    assert reason(graph) == ""
    return lowering(graph, graph.nodes[0]).lower(graph, graph.nodes[0], Aim())


def conv(**changes: object) -> Graph:
    """A 1×1 convolution, 2 to 3 channels, with one tensor or attribute changed."""
    parts: dict[str, object] = {
        "input": image(0, (1, 4, 4, 2)),
        "filter": weights(1, (3, 1, 1, 2)),
        "output": image(2, (1, 4, 4, 3)),
    }
    attrs = {**CONV, **{k: v for k, v in changes.items() if k in CONV}}
    parts |= {k: v for k, v in changes.items() if k in parts}
    return graph_of("CONV_2D", attrs, *parts.values())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"input": image(0, (1, 4, 4, 2), dtype="float32", scales=())}, "not float32"),
        ({"input": image(0, (1, 4, 4, 2), scales=())}, "not quantized per tensor"),
        ({"input": image(0, (4, 4, 2))}, "3 dimensions, not 4"),
        ({"input": image(0, (1, 4, 4, 3))}, "does not fit 3 input channels"),
        ({"filter": weights(1, (3, 1, 1, 2), data=None)}, "not a constant int8"),
        ({"filter": weights(1, (3, 1, 1, 2), zero_points=(1,))}, "zero point other than 0"),
        ({"filter": weights(1, (3, 1, 1, 2), scales=(1.0, 1.0))}, "2 scales for 3 channels"),
        ({"filter": weights(1, (3, 1, 1, 2), scales=(1.0,) * 3, axis=3)}, "along axis 3"),
        ({"filter": weights(1, (3, 200, 200, 2))}, "32-bit sums overflow"),
        ({"output": image(2, (1, 40000, 4, 3))}, "dimension above 32767"),
        ({"output": image(2, (1, 3, 4, 3))}, "output size 3 does not follow"),
        ({"activation": "TANH"}, "fused activation TANH"),
        ({"stride": (2, 1)}, "output size 4 does not follow"),
    ],
)
def test_convolution_refuses(changes: dict[str, object], words: str) -> None:
    assert words in reason(conv(**changes))


def test_convolution_accepts() -> None:
    assert reason(conv()) == ""


@pytest.mark.parametrize(
    ("op", "attrs", "tensors", "words"),
    [
        ("SOFTMAX", {"beta": 1.0}, [image(0, (1, 4)), image(1, (1, 4))], "not 1/256"),
        ("LOGISTIC", {}, [image(0, (4,)), image(1, (4,))], "not 1/256"),
        (
            "QUANTIZE",
            {},
            [image(0, (4,), dtype="uint8"), image(1, (4,), dtype="int16")],
            "from uint8 to int16",
        ),
        ("RESHAPE", {}, [image(0, (4,)), image(1, (5,))], "does not hold as much"),
        (
            "ADD",
            {"activation": "NONE"},
            [image(0, (4,)), image(1, (3,)), image(2, (4,))],
            "does not broadcast",
        ),
        (
            "ADD",
            {"activation": "NONE"},
            [image(0, (4,)), image(1, (4,)), image(2, (4,), scales=(1e-7,))],
            "multiplier above one",
        ),
        (
            "CONCATENATION",
            {"axis": 0, "activation": "NONE"},
            [image(0, (4,)), image(1, (3,), zero_points=(0,)), image(2, (7,))],
            "another scale",
        ),
        (
            "MAX_POOL_2D",
            {"padding": "VALID", "stride": (1, 1), "filter": (1, 1), "activation": "NONE"},
            [image(0, (1, 2, 2, 1)), image(1, (1, 2, 2, 1), zero_points=(4,))],
            "different scales or zero points",
        ),
        ("MEAN", {}, [image(0, (4, 4)), image(1, (1,)), image(2, (4,))], "not constant int32"),
        ("PAD", {}, [image(0, (4,)), image(1, (1, 2)), image(2, (6,))], "not a constant pair"),
        ("TANH", {}, [image(0, (4,)), image(1, (4,))], "not 1/128"),
        ("HARD_SWISH", {}, [image(0, (4,)), image(1, (4,), scales=(1e-4,))], "so small"),
        ("HARD_SWISH", {}, [image(0, (4,)), image(1, (4,), scales=(1e4,))], "so large"),
        ("RSQRT", {}, [image(0, (4,)), image(1, (4,))], "may be negative"),
        ("MAXIMUM", {}, [image(0, (4,)), image(1, (4,)), image(2, (4,), scales=(1.0,))], "scale"),
        ("LESS", {}, [image(0, (4,)), image(1, (4,)), image(2, (4,))], "int8, not bool"),
        (
            "LESS",
            {},
            [image(0, (4,)), image(1, (4,), scales=(2.0,)), image(2, (4,), dtype="bool")],
            "scale of 1 or more",
        ),
        ("SELECT_V2", {}, [image(0, (4,))] * 3 + [image(3, (4,))], "int8, not bool"),
        (
            "DIV",
            {"activation": "NONE"},
            [image(0, (4,)), weights(1, (4,), zero_points=(1,)), image(2, (4,))],
            "a zero to divide by",
        ),
        ("TRANSPOSE", {}, [image(0, (2, 4)), image(1, (2,)), image(2, (4, 2))], "not constant"),
        ("TRANSPOSE", {}, [image(0, (2, 4)), whole(0, 0), image(2, (4, 2))], "not one of 2"),
        (
            "STRIDED_SLICE",
            {"begin_mask": 0, "end_mask": 0, "shrink_mask": 0, "other_masks": 1},
            [image(0, (4,)), whole(0), whole(4), whole(1), image(4, (4,))],
            "an ellipsis or a new axis",
        ),
        ("SLICE", {}, [image(0, (4,)), whole(2), whole(3), image(3, (3,))], "not inside"),
        (
            "SPACE_TO_BATCH_ND",
            {},
            [image(0, (1, 3, 3, 1)), whole(2, 2), whole(1, 0, 1, 0), image(3, (4, 2, 2, 1))],
            "leaves undefined",
        ),
        (
            "GATHER",
            {"axis": 0, "batch_dims": 0},
            [image(0, (4,)), whole(4), image(2, (1,))],
            "not all between 0 and 3",
        ),
        ("MIRROR_PAD", {"reflect": True}, [image(0, (3,)), whole(3, 0), image(2, (6,))], "mirrors"),
        ("SPLIT", {}, [image(0, (1,)), image(1, (4,)), image(2, (4,))], "not one constant"),
        ("PACK", {"axis": 0}, [image(0, (4,)), image(1, (1, 4), scales=(1.0,))], "another scale"),
        ("SQUARE", {}, [image(0, (4,)), image(1, (4,))], "refuses here"),
        (
            "BATCH_MATMUL",
            {"transposed": (0, 0)},
            [image(0, (2, 3)), image(1, (4, 2)), image(2, (2, 2))],
            "do not multiply",
        ),
        ("ARG_MAX", {}, [image(0, (4,)), whole(0), image(2, ())], "int8, not int32"),
        (
            "FLOOR_MOD",
            {},
            [Tensor(i, f"t{i}", (4,), "int32") for i in range(3)],
            "int32, not float32: compare, cast and multiply instead",
        ),
        (
            "FLOOR_DIV",
            {},
            [Tensor(i, f"t{i}", (4,), "int8", (0.5,), (3,)) for i in range(3)],
            "int8, not float32: --scheme float32 has it",
        ),
    ],
)
def test_refuses(op: str, attrs: dict[str, object], tensors: list[Tensor], words: str) -> None:
    assert words in reason(graph_of(op, attrs, *tensors))


# They are tested by tests/kernels/test_variables.py, for alone they do nothing, or little.
WHOLE_MODELS = {"ASSIGN_VARIABLE", "CALL_ONCE", "READ_VARIABLE", "SVDF", "VAR_HANDLE"}


def test_every_operator_has_cases() -> None:
    tested = {
        re.search(r'^op = "(\w+)"', path.read_text(), re.MULTILINE).group(1)  # type: ignore[union-attr]
        for path in CASES.glob("*.toml")
    }
    assert tested == set(OPS) - WHOLE_MODELS


def varying(graph: Graph) -> set[str]:
    """The types of the values that a case's node takes, or makes of constants."""
    (node,) = graph.nodes
    inputs = [graph.tensor(i) for i in node.inputs if i >= 0]
    if node.op == "EMBEDDING_LOOKUP" or (node.op == "GATHER" and inputs[0].data is not None):
        return {graph.output(node).dtype}
    given = {t.dtype for t in inputs if t.data is None and t.initial is None}
    return given or {graph.output(node).dtype}


@pytest.mark.parametrize("stem", sorted(path.stem for path in CASES.glob("*.npz")))
def test_the_types_of_cases_are_told(stem: str) -> None:
    for name, graph in stored(stem):
        assert varying(graph) & set(dtypes(graph.nodes[0].op)), name


def test_resolvers_are_distinct_methods() -> None:
    names = [op.resolver for op in OPS.values() if op.resolver]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"Add[A-Z]\w+", name) for name in names)


def declarations(kernel: str) -> str:
    """The kernel's header behind all that it includes: kernels may share a struct."""
    header = (data_dir("firmware") / "kernels" / f"{kernel}.h").read_text()
    included = re.findall(r'#include "(\w+)\.h"', header)
    return "".join(map(declarations, included)) + header


def struct_fields(kernel: str, header: str) -> list[str]:
    """The members of the kernel's parameter struct, which may be another's under its own name."""
    shared = re.search(rf"typedef (\w+) {kernel}_params;", header)
    name = shared[1] if shared else f"{kernel}_params"
    body = re.search(rf"typedef struct \{{([^{{}}]*)\}} {name};", header)
    return re.findall(r"(\w+)(?:\[\d\])?;", body[1]) if body else []


@pytest.mark.parametrize("stem", sorted(path.stem for path in CASES.glob("*.npz")))
def test_calls_fit_their_kernels(stem: str) -> None:
    for name, graph in stored(stem):
        call = lower(graph)
        if not call.kernel:
            assert call.in_place, name
            continue
        header = declarations(call.kernel)
        fields = struct_fields(call.kernel, header)
        assert [field for field, _ in call.params] == fields, name
        arguments = header.partition(f"void {call.kernel}(")[2].partition(")")[0].split(",")
        assert len(call.args) + 1 == len(arguments), name
        for arg, text in zip(call.args, arguments[1:], strict=True):
            assert text.split("*")[0].split()[-1] in (pointee(graph, arg), "void"), name


def pointee(graph: Graph, arg: object) -> str:
    """The C type of an argument's elements."""
    if isinstance(arg, Const):
        return C_TYPES[str(arg.data.dtype)]
    if isinstance(arg, Inputs | Outputs):
        return "int8_t"
    return C_TYPES[graph.tensor(arg.tensor).dtype] if isinstance(arg, Operand) else "int8_t"


@pytest.mark.parametrize("stem", sorted(path.stem for path in CASES.glob("*.npz")))
def test_sources_are_whole(stem: str) -> None:
    """What a kernel's files include is among them: a project may have no other kernel."""
    firmware = data_dir("firmware")
    aims = (Aim(), Aim(features=frozenset({"dsp"})), Aim(features=frozenset({"dsp", "mve"})))
    for (name, graph), aim in product(stored(stem), aims):
        (node,) = graph.nodes
        sources = lowering(graph, node).lower(graph, node, aim).sources
        texts = [(firmware / source).read_text() for source in sources]
        included = {i for text in texts for i in re.findall(r'#include "(td_\w+\.h)"', text)}
        assert included <= {Path(source).name for source in sources}, name


def test_macs() -> None:
    assert OPS["CONV_2D"].macs(conv(), conv().nodes[0]) == 4 * 4 * 3 * 2


@pytest.mark.parametrize(
    ("padding", "stride", "size", "pad"),
    [("SAME", 1, 4, 1), ("SAME", 2, 2, 0), ("VALID", 1, 2, 0), ("VALID", 2, 1, 0)],
)
def test_padding(padding: str, stride: int, size: int, pad: int) -> None:
    graph = conv(
        filter=weights(1, (3, 3, 3, 2)),
        output=image(2, (1, size, size, 3)),
        padding=padding,
        stride=(stride, stride),
    )
    params = dict(lower(graph).params)
    assert (params["pad_top"], params["pad_left"]) == (pad, pad)


def test_folded_bias_wraps() -> None:
    values = image(0, (1, 2), zero_points=(-128,))
    bias = Tensor(2, "bias", (1,), "int32", (0.25,), (0,), data=np.array([2**31 - 1], np.int32))
    attrs: dict[str, object] = {"activation": "NONE", "shuffled": False}
    graph = graph_of("FULLY_CONNECTED", attrs, values, weights(1, (1, 2)), bias, image(3, (1, 1)))
    (folded,) = [
        arg.data for arg in lower(graph).args if isinstance(arg, Const) and arg.name == "bias"
    ]
    assert folded.tolist() == [2**31 - 1 + 256 - 2**32]


def test_identity_requantization_is_a_rename() -> None:
    call = lower(graph_of("QUANTIZE", {}, image(0, (4,)), image(1, (4,))))
    assert (call.kernel, call.in_place, call.reads, call.writes) == ("", True, (0,), (1,))
