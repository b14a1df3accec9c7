"""`Call`s as C text: constant arrays, parameter structs and the calls, for generated sources.

Everything is named after its call: `layer3_filter`, `layer3_params`. Where a tensor lies is an
expression of type `int8_t *` such as `arena + 128`. The text is valid C11 and C++.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.graph import Arg, Call, Const, Decoded, Graph, Inputs, Node, Operand, Outputs, Param

if TYPE_CHECKING:
    from tinydeploy.graph import Array

C_TYPES = {
    "int8": "int8_t",
    "uint8": "uint8_t",
    "bool": "uint8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "int64": "int64_t",
    "float32": "float",
}

_LINE = 100
_VALUES_A_LINE = {1: 16, 2: 12, 4: 8, 8: 4}  # by bytes of an element


def includes(calls: Iterable[Call]) -> str:
    """The `#include` lines that the emitted text needs."""
    every = [part for call in calls for part in (call, *(arg.by for arg in decoded(call)))]
    headers = sorted({f'#include "{call.kernel}.h"' for call in every if call.kernel})
    return "\n".join(["#include <stdalign.h>", "#include <stdint.h>", "", *headers])


def sources(calls: Iterable[Call]) -> tuple[str, ...]:
    """Every C file and header the calls need, relative to `firmware/`, once and sorted."""
    return tuple(sorted(set(chain.from_iterable(call.sources for call in calls))))


def title(graph: Graph, node: Node) -> str:
    """What a layer is, for a comment: index, operator, name and the shapes it maps."""
    name = re.sub(r"[^\w./:;+-]", "_", node.name, flags=re.ASCII).replace("/*", "/_")
    shapes = [
        "x".join(map(str, tensor.shape)) or "scalar"
        for tensor in (graph.input(node, 0), graph.output(node))
    ]
    return f"{node.index}  {node.op}  {name}  {shapes[0]} -> {shapes[1]}"


def constants(call: Call) -> str:
    """The call's constant arrays and its parameter struct; empty for a call without a kernel."""
    if not call.kernel:
        return ""
    own = [const for const in call.constants if const.owner < 0]
    arrays = [array(constant_name(call, const), const.data) for const in own]
    codes = [_params(arg.by, _name(call, "code_params")) for arg in decoded(call)]
    return "\n".join([*arrays, *codes, _params(call, _name(call, "params"))])


def decoded(call: Call) -> list[Decoded]:
    """The call's constants that are decoded before it."""
    return [
        replace(arg, by=replace(arg.by, node=call.node))
        for arg in call.args
        if isinstance(arg, Decoded)
    ]


def array(name: str, data: Array) -> str:
    """A constant array of these elements."""
    flat = data.reshape(-1)
    flat = flat.view(np.uint8) if flat.dtype == np.bool_ else flat
    words = [_value(value) for value in flat.tolist()]
    width = max(map(len, words))
    step = _VALUES_A_LINE[flat.itemsize]
    lines = [
        "    " + ", ".join(word.rjust(width) for word in words[i : i + step]) + ","
        for i in range(0, len(words), step)
    ]
    alignment = "alignas(4) " if flat.itemsize < 4 else ""
    head = f"{alignment}static const {C_TYPES[str(flat.dtype)]} {name}[{len(words)}] = {{"
    if len(words) == 1:
        return f"{head}{words[0]}}};"
    return "\n".join([head, *lines, "};"])


def shared(calls: Sequence[Call]) -> tuple[Call, ...]:
    """The calls with arrays of equal values emitted once, by the first that has them: the steps of
    an unrolled loop have one filter."""
    owners: dict[tuple[str, str, bytes], int] = {}

    def owned(call: Call, const: Const) -> Const:
        key = const.name, str(const.data.dtype), const.data.tobytes()
        owner = owners.setdefault(key, call.node)
        return const if owner == call.node else replace(const, owner=owner)

    def shared_arg(call: Call, arg: Arg) -> Arg:
        if isinstance(arg, Inputs):
            return Inputs(tuple(owned(call, t) if isinstance(t, Const) else t for t in arg.tensors))
        return owned(call, arg) if isinstance(arg, Const) else arg

    return tuple(
        replace(
            call,
            params=tuple(
                (name, owned(call, value) if isinstance(value, Const) else value)
                for name, value in call.params
            ),
            args=tuple(shared_arg(call, arg) for arg in call.args),
        )
        for call in calls
    )


def statement(call: Call, graph: Graph, places: Mapping[int, str], scratch: str = "") -> str:
    """The C statement that runs the call; empty for a call without a kernel.

    `places` gives the expression for each tensor's memory, `scratch` that for the scratch memory.
    """
    if not call.kernel:
        return ""
    before = [
        _pointers(call, arg, places) for arg in call.args if isinstance(arg, Inputs | Outputs)
    ]
    before += [_decoding(call, arg, scratch) for arg in decoded(call)]
    args = [_argument(call, arg, graph, places, scratch) for arg in call.args]
    text = _filled(f"{call.kernel}(", [f"&{_name(call, 'params')}", *args], ");")
    if not before:
        return text
    body = "\n".join(f"  {line}" for part in (*before, text) for line in part.splitlines())
    return f"{{\n{body}\n}}"


def constant_name(call: Call, const: Const) -> str:
    """What the array is called in C: after its call, or after the one that has an equal array."""
    return f"layer{call.node if const.owner < 0 else const.owner}_{const.name}"


def _name(call: Call, suffix: str) -> str:
    return f"layer{call.node}_{suffix}"


def _decoding(call: Call, arg: Decoded, scratch: str) -> str:
    """The statement that decodes a constant of the call."""
    (code,) = (constant_name(call, c) for c in arg.by.args if isinstance(c, Const))
    args = [f"&{_name(call, 'code_params')}", code, f"{scratch} + {arg.offset}"]
    args += [scratch] if arg.by.scratch_bytes else []
    return _filled(f"{arg.by.kernel}(", args, ");")


def _params(call: Call, name: str) -> str:
    fields = [f".{field} = {_initialiser(call, value)}" for field, value in call.params]
    head = f"static const {call.kernel}_params {name} = {{"
    return "\n".join([head, *_lines(fields, "    "), "};"])


def _initialiser(call: Call, value: Param) -> str:
    if isinstance(value, Const):
        return constant_name(call, value)
    if isinstance(value, tuple):
        return "{" + ", ".join(map(_value, value)) + "}"
    return _value(value)


def _value(value: int | float) -> str:
    if isinstance(value, float):
        shortest = str(np.float32(value))
        return shortest + ("f" if "." in shortest or "e" in shortest else ".0f")
    if value == -(2**31):
        return "INT32_MIN"
    return str(value) if abs(value) < 2**31 else f"INT64_C({value})"


def _argument(call: Call, arg: Arg, graph: Graph, places: Mapping[int, str], scratch: str) -> str:
    if isinstance(arg, Operand):
        return _pointer(graph, arg.tensor, places, "" if arg.output else "const ")
    if isinstance(arg, Const):
        return constant_name(call, arg)
    if isinstance(arg, Decoded):
        return f"{scratch} + {arg.offset}"
    if isinstance(arg, Inputs):
        return "inputs"
    return "outputs" if isinstance(arg, Outputs) else scratch


def _pointers(call: Call, arg: Inputs | Outputs, places: Mapping[int, str]) -> str:
    """An array of pointers to bytes, which is all that the kernels that take it see of a tensor."""
    const, name = ("const ", "inputs") if isinstance(arg, Inputs) else ("", "outputs")
    head = f"{const}int8_t *const {name}[] = {{"
    return _filled(head, [_bytes_of(call, tensor, places) for tensor in arg.tensors], "};")


def _bytes_of(call: Call, tensor: int | Const, places: Mapping[int, str]) -> str:
    if not isinstance(tensor, Const):
        return places[tensor]
    array_name = constant_name(call, tensor)
    is_bytes = str(tensor.data.dtype) == "int8"
    return array_name if is_bytes else f"(const int8_t *)(const void *){array_name}"


def _pointer(graph: Graph, tensor: int, places: Mapping[int, str], const: str) -> str:
    if _c_type(graph, tensor) == "int8_t":
        return places[tensor]
    return f"({const}{_c_type(graph, tensor)} *)({const}void *)({places[tensor]})"


def _c_type(graph: Graph, tensor: int) -> str:
    return C_TYPES[graph.tensor(tensor).dtype]


def _filled(head: str, items: list[str], tail: str) -> str:
    """`head`, the items with commas and `tail` on one line, or the items on lines of their own."""
    line = head + ", ".join(items) + tail
    if len(line) <= _LINE - 4:
        return line
    lines = _lines(items, "    ")
    return "\n".join([head, *lines[:-1], lines[-1].removesuffix(",") + tail])


def _lines(items: list[str], indent: str) -> list[str]:
    """The items, a comma after each, filled into lines."""
    lines = [indent]
    for item in items:
        if len(lines[-1]) + len(item) + 2 > _LINE - 4 and lines[-1].strip():
            lines.append(indent)
        lines[-1] += ("" if lines[-1] == indent else " ") + item + ","
    return lines
