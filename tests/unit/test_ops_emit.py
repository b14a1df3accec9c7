"""The C text of calls."""

from __future__ import annotations

import numpy as np
import pytest

from tinydeploy import emit
from tinydeploy.graph import Call, Const, Graph, Inputs, Node, Operand, Scratch, Tensor

TENSORS = (
    Tensor(0, "a", (1, 2), "int8"),
    Tensor(1, "b", (1, 3), "int8"),
    Tensor(2, "c", (1, 5), "float32"),
)
PLACES = {0: "arena", 1: "arena + 16", 2: "arena + 32"}


def graph(name: str = "layer") -> Graph:
    node = Node(7, "CONCATENATION", name, (0, 1), (2,), {})
    return Graph("graph", TENSORS, (node,), (0, 1), (2,))


def call(**changes: object) -> Call:
    plain: dict[str, object] = {"node": 7, "kernel": "td_do", "params": (), "args": (), **changes}
    return Call(**plain)  # type: ignore[arg-type]


def test_constants_and_params() -> None:
    table = Const("table", np.arange(-2, 16, dtype=np.int8))
    params = (
        ("size", 3),
        ("scale", 0.5),
        ("whole", 2.0),
        ("lowest", -(2**31)),
        ("shape", (1, 2)),
        ("table", table),
    )
    assert (
        emit.constants(call(params=params))
        == """\
alignas(4) static const int8_t layer7_table[18] = {
    -2, -1,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13,
    14, 15,
};
static const td_do_params layer7_params = {
    .size = 3, .scale = 0.5f, .whole = 2.0f, .lowest = INT32_MIN, .shape = {1, 2},
    .table = layer7_table,
};"""
    )


def test_one_value_is_one_line() -> None:
    shift = Const("shift", np.array([-7], np.int8))
    text = emit.constants(call(params=(("shift", shift),)))
    assert text.startswith("alignas(4) static const int8_t layer7_shift[1] = {-7};\n")


def test_statement() -> None:
    args = (Operand(0), Const("bias", np.zeros(1, np.int32)), Operand(2, output=True), Scratch())
    assert emit.statement(call(args=args), graph(), PLACES, "arena + 64") == (
        "td_do(&layer7_params, arena, layer7_bias, (float *)(void *)(arena + 32), arena + 64);"
    )


def test_many_inputs() -> None:
    args = (Inputs((0, 1)), Operand(1, output=True))
    assert (
        emit.statement(call(args=args), graph(), PLACES)
        == """\
{
  const int8_t *const inputs[] = {arena, arena + 16};
  td_do(&layer7_params, inputs, arena + 16);
}"""
    )


def test_a_long_statement_is_broken() -> None:
    places = {0: "a" * 36, 1: "b" * 36}
    text = emit.statement(call(args=(Operand(0), Operand(1, output=True))), graph(), places)
    assert text == f"td_do(\n    &layer7_params, {places[0]}, {places[1]});"


def test_a_rename_is_no_text() -> None:
    rename = call(kernel="", in_place=True, args=(Operand(0), Operand(1, output=True)))
    assert emit.constants(rename) == emit.statement(rename, graph(), PLACES) == ""
    assert emit.includes([rename]) == "#include <stdalign.h>\n#include <stdint.h>\n"


@pytest.mark.parametrize("name", ["a*/b", "/*a", "a\\", "ä??/", "a//b"])
def test_a_title_cannot_end_its_comment(name: str) -> None:
    text = emit.title(graph(name), graph(name).nodes[0])
    assert "*" not in text and "\\" not in text and "?" not in text
    assert text.isascii()


def test_title() -> None:
    assert emit.title(graph(), graph().nodes[0]) == "7  CONCATENATION  layer  1x2 -> 1x5"


def test_sources_are_unique() -> None:
    first, second = call(sources=("kernels/b.c", "kernels/a.h")), call(sources=("kernels/a.h",))
    assert emit.sources([first, second]) == ("kernels/a.h", "kernels/b.c")
