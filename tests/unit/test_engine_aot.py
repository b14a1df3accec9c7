"""Tensors that lie inside one another instead of being copied, on small graphs made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tinydeploy.board import load_board
from tinydeploy.engines import aot
from tinydeploy.errors import UnsupportedOp
from tinydeploy.graph import Graph, Node, Tensor
from tinydeploy.plan import Plan
from tinydeploy.quantize import QuantizedModel


class Net:
    """Collects int8 tensors of one quantization and nodes."""

    def __init__(self) -> None:
        self.tensors: list[Tensor] = []
        self.nodes: list[Node] = []

    def tensor(self, *shape: int, data: Any = None, dtype: str = "int8") -> int:
        index = len(self.tensors)
        scales = (0.5,) if dtype == "int8" else ()
        made = Tensor(index, f"t{index}", shape, dtype, scales, (3,) * len(scales), data=data)
        self.tensors.append(made)
        return index

    def node(
        self, op: str, inputs: tuple[int, ...], outputs: tuple[int, ...], **attrs: Any
    ) -> tuple[int, ...]:
        self.nodes.append(Node(len(self.nodes), op, op.lower(), inputs, outputs, attrs))
        return outputs

    def plan(self, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Plan:
        graph = Graph("net", tuple(self.tensors), tuple(self.nodes), inputs, outputs)
        model = QuantizedModel("net", b"", "0" * 64, "int8", graph, "net.tflite", {})
        return aot.plan(model, load_board("host"), "balanced")


def test_the_way_out_is_told() -> None:
    net = Net()
    x, y, z = net.tensor(1, 8), net.tensor(1, 8), net.tensor(1, 8)
    net.node("POW", (x,), (y,))
    net.node("UNHEARD_OF", (y,), (z,))
    with pytest.raises(UnsupportedOp) as caught:
        net.plan((x,), (z,))
    lines = str(caught.value).splitlines()
    assert lines[1].startswith("  POW in layer 0 (pow): operator not supported: multiply")
    assert lines[2] == "  UNHEARD_OF in layer 1 (unheard_of): operator not supported"
    assert "tflm" not in caught.value.hint


def test_another_engine_is_told_that_has_the_operators() -> None:
    net = Net()
    x, y = net.tensor(1, 8), net.tensor(1, 8)
    net.node("NEG", (x,), (y,))
    with pytest.raises(UnsupportedOp) as caught:
        net.plan((x,), (y,))
    assert "NEG in layer 0 (neg)" in str(caught.value)
    assert "--engine tflm" in caught.value.hint


def offsets(plan: Plan) -> dict[int, int]:
    return {placement.tensor: placement.offset for placement in plan.placements}


def kernels(plan: Plan) -> list[str]:
    return [call.kernel for call in plan.calls]


def pair(net: Net, shape: tuple[int, ...]) -> tuple[int, tuple[int, int]]:
    """An input and two tensors made from it."""
    x, a, b = net.tensor(*shape), net.tensor(*shape), net.tensor(*shape)
    net.node("ABS", (x,), (a,))
    net.node("LEAKY_RELU", (x,), (b,), alpha=0.5)
    return x, (a, b)


def test_parts_lie_in_their_concatenation() -> None:
    net = Net()
    x, (a, b) = pair(net, (1, 2, 4))
    whole = net.tensor(1, 4, 4)
    net.node("CONCATENATION", (a, b), (whole,), axis=1, activation="NONE")
    plan = net.plan((x,), (whole,))
    at = offsets(plan)
    assert kernels(plan) == ["td_lookup_u8", "td_lookup_u8", ""]
    assert (at[a], at[b]) == (at[whole], at[whole] + 8)


def test_interleaved_parts_are_copied() -> None:
    net = Net()
    x, (a, b) = pair(net, (1, 2, 4))
    whole = net.tensor(1, 2, 8)
    net.node("CONCATENATION", (a, b), (whole,), axis=2, activation="NONE")
    assert kernels(net.plan((x,), (whole,)))[-1] == "td_concatenation"


def test_parts_that_begin_between_words_are_copied() -> None:
    net = Net()
    x, (a, b) = pair(net, (1, 2, 3))
    whole = net.tensor(1, 4, 3)
    net.node("CONCATENATION", (a, b), (whole,), axis=1, activation="NONE")
    assert kernels(net.plan((x,), (whole,)))[-1] == "td_concatenation"


def test_a_tensor_is_not_in_two_places() -> None:
    net = Net()
    x, (a, _) = pair(net, (1, 2, 4))
    whole = net.tensor(1, 4, 4)
    net.node("CONCATENATION", (a, a), (whole,), axis=1, activation="NONE")
    assert kernels(net.plan((x,), (whole,)))[-1] == "td_concatenation"


def test_outputs_of_a_split_lie_in_its_input() -> None:
    net = Net()
    x, parts = net.tensor(1, 4, 4), (net.tensor(1, 2, 4), net.tensor(1, 2, 4))
    axis = net.tensor(1, data=np.array([1], np.int32), dtype="int32")
    net.node("SPLIT", (axis, x), parts)
    ends = net.tensor(1, 2, 4), net.tensor(1, 2, 4)
    for part, end in zip(parts, ends, strict=True):
        net.node("ABS", (part,), (end,))
    plan = net.plan((x,), ends)
    at = offsets(plan)
    assert kernels(plan)[0] == ""
    assert (at[parts[0]], at[parts[1]]) == (at[x], at[x] + 8)
    assert plan.arena_bytes == 16  # what is made of a part may lie in its place


def test_outputs_of_a_split_of_channels_are_written_by_one_call() -> None:
    net = Net()
    x, parts = net.tensor(1, 2, 8), (net.tensor(1, 2, 4), net.tensor(1, 2, 4))
    axis = net.tensor(1, data=np.array([2], np.int32), dtype="int32")
    net.node("SPLIT", (axis, x), parts)
    plan = net.plan((x,), parts)
    assert plan.calls[0].writes == parts
    assert "int8_t *const outputs[] = {arena" in plan.files["model.c"]


def test_a_part_that_is_still_needed_is_not_written_over() -> None:
    """The whole is read after an operator that could work in place on a part of it."""
    net = Net()
    x = net.tensor(1, 4, 4)
    half = net.tensor(1, 2, 4)
    begin, end, step = (
        net.tensor(3, data=np.array(values, np.int32), dtype="int32")
        for values in ([0, 2, 0], [1, 4, 4], [1, 1, 1])
    )
    masks = dict.fromkeys(("begin_mask", "end_mask", "shrink_mask", "other_masks"), 0)
    net.node("STRIDED_SLICE", (x, begin, end, step), (half,), **masks)
    changed, whole = net.tensor(1, 2, 4), net.tensor(1, 4, 4)
    net.node("ABS", (half,), (changed,))
    net.node("ABS", (x,), (whole,))
    plan = net.plan((x,), (changed, whole))
    at = offsets(plan)
    assert (kernels(plan)[0], at[half]) == ("", at[x] + 8)
    assert at[changed] >= at[x] + 16 or at[changed] + 8 <= at[x]


def test_equal_constants_are_one_array() -> None:
    net = Net()
    x, y = net.tensor(1, 8), net.tensor(1, 8)
    ends = net.tensor(1, 8), net.tensor(1, 8)
    for source, end in zip((x, y), ends, strict=True):
        net.node("ABS", (source,), (end,))
    plan = net.plan((x, y), ends)
    assert plan.files["model.c"].count("_table[256] = {") == 1
    assert plan.flash_estimate_bytes == 256
