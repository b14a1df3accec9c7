"""Graph steps on small graphs made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinydeploy.graph import Graph, Node, Tensor
from tinydeploy.passes import (
    drop_dead,
    drop_quantize,
    free_reshapes,
    fuse_activations,
    merge_padding,
    simplify,
)

CONV = {"padding": "VALID", "stride": (1, 1), "dilation": (1, 1), "activation": "NONE"}


class Builder:
    """Collects tensors and nodes; tensors are int8 with one scale unless said otherwise."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.nodes: list[Node] = []

    def tensor(
        self,
        *shape: int,
        scale: float = 0.5,
        zero_point: int = 3,
        dtype: str = "int8",
        data: Any = None,
    ) -> int:
        index = len(self.tensors)
        values = None if data is None else np.array(data)
        self.tensors.append(
            Tensor(index, f"t{index}", shape, dtype, (scale,), (zero_point,), data=values)
        )
        return index

    def node(self, op: str, inputs: tuple[int, ...], output: int, **attrs: Any) -> int:
        self.nodes.append(Node(len(self.nodes), op, op.lower(), inputs, (output,), attrs))
        return output

    def graph(self, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Graph:
        return Graph("g", tuple(self.tensors), tuple(self.nodes), inputs, outputs)


def summary(graph: Graph) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    assert [node.index for node in graph.nodes] == list(range(len(graph.nodes)))
    return [(node.op, node.inputs, node.outputs) for node in graph.nodes]


def test_reshapes_of_all_kinds_keep_one_operand() -> None:
    b = Builder()
    x, shape = b.tensor(1, 4, 1, 6), b.tensor(2, dtype="int32", data=[4, 6])
    order = b.tensor(4, dtype="int32", data=[0, 2, 1, 3])
    ops = [("RESHAPE", shape), ("SQUEEZE", None), ("EXPAND_DIMS", shape), ("TRANSPOSE", order)]
    outputs = []
    for op, second in ops:
        shape_out = (1, 1, 4, 6) if op == "TRANSPOSE" else (4, 6)
        operands = (x,) if second is None else (x, second)
        outputs.append(b.node(op, operands, b.tensor(*shape_out)))
    graph = free_reshapes(b.graph((x,), tuple(outputs)))
    assert summary(graph) == [("RESHAPE", (x,), (o,)) for o in outputs]


def test_a_transpose_that_moves_data_stays() -> None:
    b = Builder()
    x, order = b.tensor(1, 4, 2, 6), b.tensor(4, dtype="int32", data=[0, 2, 1, 3])
    y = b.node("TRANSPOSE", (x, order), b.tensor(1, 2, 4, 6))
    graph = b.graph((x,), (y,))
    assert free_reshapes(graph) == graph


def test_a_pad_by_nothing_is_a_rename() -> None:
    b = Builder()
    x, none = b.tensor(1, 4, 4, 1), b.tensor(4, 2, dtype="int32", data=[[0, 0]] * 4)
    y = b.node("PAD", (x, none), b.tensor(1, 4, 4, 1))
    assert summary(free_reshapes(b.graph((x,), (y,)))) == [("RESHAPE", (x,), (y,))]


def test_a_computed_shape_dies_with_its_reshape() -> None:
    b = Builder()
    x, rest = b.tensor(1, 4, 4, 1), b.tensor(dtype="int32", data=16)
    dims = b.node("SHAPE", (x,), b.tensor(4, dtype="int32"))
    batch = b.node("STRIDED_SLICE", (dims,), b.tensor(dtype="int32"))
    shape = b.node("PACK", (batch, rest), b.tensor(2, dtype="int32"))
    y = b.node("RESHAPE", (x, shape), b.tensor(1, 16))
    graph = b.graph((x,), (y,))
    assert drop_dead(graph) == graph
    assert summary(drop_dead(free_reshapes(graph))) == [("RESHAPE", (x,), (y,))]


def test_identity_quantize_goes_and_its_readers_read_its_source() -> None:
    b = Builder()
    x = b.tensor(8)
    first = b.node("QUANTIZE", (x,), b.tensor(8))
    second = b.node("QUANTIZE", (first,), b.tensor(8))
    y = b.node("ADD", (second, first), b.tensor(8, scale=1.0), activation="NONE")
    z = b.node("QUANTIZE", (second,), b.tensor(8))
    graph = drop_quantize(b.graph((x,), (y, z)))
    assert summary(graph) == [("ADD", (x, x), (y,)), ("RESHAPE", (x,), (z,))]
    assert graph.outputs == (y, z)


@pytest.mark.parametrize(
    "other", [{"scale": 0.25}, {"zero_point": 4}, {"dtype": "uint8"}, {"dtype": "int16"}]
)
def test_a_quantize_that_changes_anything_stays(other: dict[str, Any]) -> None:
    b = Builder()
    x = b.tensor(8)
    q = b.node("QUANTIZE", (x,), b.tensor(8, **other))
    y = b.node("RESHAPE", (q,), b.tensor(2, 4, **other))
    graph = b.graph((x,), (y,))
    assert drop_quantize(graph) == graph


def _activated(b: Builder, op: str = "RELU6", **relu: Any) -> tuple[int, int, int]:
    x, w = b.tensor(1, 4, 4, 2), b.tensor(2, 1, 1, 2, data=np.ones((2, 1, 1, 2), np.int8))
    c = b.node("CONV_2D", (x, w), b.tensor(1, 4, 4, 2, scale=0.1), **CONV)
    y = b.node(op, (c,), b.tensor(1, 4, 4, 2, **{"scale": 0.1, **relu}))
    return x, c, y


@pytest.mark.parametrize("op", ["RELU", "RELU6", "RELU_N1_TO_1"])
def test_an_activation_joins_the_operator_before_it(op: str) -> None:
    b = Builder()
    x, _, y = _activated(b, op)
    graph = fuse_activations(b.graph((x,), (y,)))
    assert summary(graph) == [("CONV_2D", (x, 1), (y,))]
    assert graph.nodes[0].attrs == {**CONV, "activation": op}


@pytest.mark.parametrize("relu", [{"scale": 0.2}, {"zero_point": -128}])
def test_an_activation_that_requantizes_stays(relu: dict[str, Any]) -> None:
    b = Builder()
    x, _, y = _activated(b, **relu)
    graph = b.graph((x,), (y,))
    assert fuse_activations(graph) == graph


def test_an_activation_stays_when_its_input_is_needed_elsewhere() -> None:
    b = Builder()
    x, c, y = _activated(b)
    graph = b.graph((x,), (y, c))
    assert fuse_activations(graph) == graph
    z = b.node("ADD", (c, y), b.tensor(1, 4, 4, 2), activation="NONE")
    graph = b.graph((x,), (z,))
    assert fuse_activations(graph) == graph


def test_a_second_activation_is_not_merged_into_the_first() -> None:
    b = Builder()
    x, _, y = _activated(b, "RELU")
    z = b.node("RELU6", (y,), b.tensor(1, 4, 4, 2, scale=0.1))
    graph = fuse_activations(fuse_activations(b.graph((x,), (z,))))
    assert summary(graph) == [("CONV_2D", (x, 1), (y,)), ("RELU6", (y,), (z,))]


def _padded(
    b: Builder, amounts: list[list[int]], out: int, value: int | None = None, **attrs: Any
) -> tuple[int, int, int]:
    x = b.tensor(1, 8, 8, 2)
    tall, wide = 8 + sum(amounts[1]), 8 + sum(amounts[2])
    pads = b.tensor(4, 2, dtype="int32", data=amounts)
    operands = (x, pads) if value is None else (x, pads, b.tensor(1, data=[value]))
    p = b.node("PAD" if value is None else "PADV2", operands, b.tensor(1, tall, wide, 2))
    w = b.tensor(2, 3, 3, 2, data=np.ones((2, 3, 3, 2), np.int8))
    y = b.node("CONV_2D", (p, w), b.tensor(1, out, out, 2), **{**CONV, **attrs})
    return x, p, y


@pytest.mark.parametrize("value", [None, 3])
def test_padding_joins_the_convolution(value: int | None) -> None:
    b = Builder()
    x, _, y = _padded(b, [[0, 0], [0, 1], [2, 1], [0, 0]], 4, value, stride=(2, 2))
    graph = merge_padding(b.graph((x,), (y,)))
    assert [node.op for node in graph.nodes] == ["CONV_2D"]
    attrs = graph.nodes[0].attrs
    assert graph.nodes[0].inputs[0] == x
    assert attrs["padding"] == "EXPLICIT"
    names = ("pad_top", "pad_bottom", "pad_left", "pad_right")
    assert [attrs[name] for name in names] == [0, 1, 2, 1]


def test_same_padding_is_added() -> None:
    b = Builder()
    amounts = [[0, 0], [0, 1], [0, 1], [0, 0]]
    x, _, y = _padded(b, amounts, 9, padding="SAME")
    attrs = merge_padding(b.graph((x,), (y,))).nodes[0].attrs
    assert [attrs[name] for name in ("pad_top", "pad_bottom")] == [1, 2]


@pytest.mark.parametrize(
    ("amounts", "value"),
    [
        ([[0, 0], [1, 1], [1, 1], [0, 1]], None),
        ([[1, 0], [1, 1], [1, 1], [0, 0]], None),
        ([[0, 0], [3, 0], [1, 1], [0, 0]], None),
        ([[0, 0], [1, 1], [0, 3], [0, 0]], None),
        ([[0, 0], [1, 1], [1, 1], [0, 0]], 4),
    ],
)
def test_padding_of_another_kind_stays(amounts: list[list[int]], value: int | None) -> None:
    b = Builder()
    x, _, y = _padded(b, amounts, 8, value)
    graph = b.graph((x,), (y,))
    assert merge_padding(graph) == graph


def test_padding_that_others_read_stays() -> None:
    b = Builder()
    x, p, y = _padded(b, [[0, 0], [1, 1], [1, 1], [0, 0]], 8)
    graph = b.graph((x,), (y, p))
    assert merge_padding(graph) == graph
    z = b.node("RELU", (p,), b.tensor(1, 10, 10, 2))
    graph = b.graph((x,), (y, z))
    assert merge_padding(graph) == graph


def test_all_steps_together() -> None:
    b = Builder()
    x = b.tensor(1, 8, 8, 2)
    q = b.node("QUANTIZE", (x,), b.tensor(1, 8, 8, 2))
    pads = b.tensor(4, 2, dtype="int32", data=[[0, 0], [1, 1], [1, 1], [0, 0]])
    p = b.node("PAD", (q, pads), b.tensor(1, 10, 10, 2))
    w = b.tensor(2, 3, 3, 2, data=np.ones((2, 3, 3, 2), np.int8))
    c = b.node("CONV_2D", (p, w), b.tensor(1, 8, 8, 2), **CONV)
    r = b.node("RELU", (c,), b.tensor(1, 8, 8, 2))
    y = b.node("SQUEEZE", (r,), b.tensor(8, 8, 2))
    graph = b.graph((x,), (y,))
    once = simplify(graph)
    assert summary(once) == [("CONV_2D", (x, w), (r,)), ("RESHAPE", (r,), (y,))]
    assert once.tensors == graph.tensors
    assert summary(simplify(once)) == summary(once)


def test_an_activation_moves_into_a_transposed_convolution() -> None:
    b = Builder()
    x, c, y = b.tensor(1, 4, 4, 2), b.tensor(1, 8, 8, 2), b.tensor(1, 8, 8, 2)
    b.node("TRANSPOSE_CONV", (x,), c, activation="NONE")
    b.node("RELU6", (c,), y)
    graph = fuse_activations(b.graph((x,), (y,)))
    assert summary(graph) == [("TRANSPOSE_CONV", (x,), (y,))]
    assert graph.nodes[0].attrs["activation"] == "RELU6"
