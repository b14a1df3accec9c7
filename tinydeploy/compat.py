"""The gate: what a TensorFlow Lite Micro runtime computes rightly, told before any build.

A runtime that is older than the converter fails when the board starts, or computes garbage without
saying so. What each one can is data: `boards/runtimes/<name>.toml`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tinydeploy.errors import UsageError, did_you_mean
from tinydeploy.graph import Graph, Node
from tinydeploy.tools import data_dir

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_HYBRID = (
    "hybrid (float values, {} weights): no kernel; quantize the Keras model with --calib, or take "
    "the aot engine (--engine aot)"
)
_ONE_SCALE = (
    "the library reads only the first of its {} scales and computes garbage; give the Keras model, "
    "which is then converted with one scale, or newer sources (--tflm-dir)"
)
_ONE_OTHER_SCALE = (
    "{} values with {} weights of {} scales; {} takes one scale; give the Keras model, which is "
    "then converted with one, or take the aot engine"
)
_ONE_SCALE_SCHEMES = ("int4", "int16x8")


@dataclass(frozen=True)
class Kernel:
    """What a runtime's kernel of one operator takes: versions up to `version`, values of `types`
    (none: of any)."""

    version: int
    types: tuple[str, ...]


@dataclass(frozen=True)
class Runtime:
    """One release of TensorFlow Lite Micro. `int4_filters` and `int8_registrations` are operators:
    those that unpack 4-bit filters, and those with a smaller registration for int8 alone."""

    name: str
    per_axis_dense: bool
    grouped_conv: bool
    int4_filters: tuple[str, ...]
    int8_registrations: tuple[str, ...]
    operators: dict[str, Kernel]


def runtime_names() -> list[str]:
    """The names of all runtimes, sorted."""
    return sorted(path.stem for path in (data_dir("boards") / "runtimes").glob("*.toml"))


@lru_cache(maxsize=8)
def load_runtime(name: str) -> Runtime:
    """The runtime of `boards/runtimes/<name>.toml`; UsageError when there is none."""
    path = data_dir("boards") / "runtimes" / f"{name}.toml"
    if not path.is_file():
        raise UsageError(f"unknown runtime {name!r}", did_you_mean(name, runtime_names()))
    table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    operators = {
        op: Kernel(row["version"], tuple(row.get("types", ())))
        for op, row in table.pop("operators").items()
    }
    table["int4_filters"] = tuple(table["int4_filters"])
    table["int8_registrations"] = tuple(table["int8_registrations"])
    return Runtime(operators=operators, **table)


def one_dense_scale(runtime: Runtime, scheme: str) -> bool:
    """Whether Dense layers must have one scale each for this runtime to compute them rightly."""
    return not runtime.per_axis_dense or scheme in _ONE_SCALE_SCHEMES


def refusals(graph: Graph, runtime: Runtime) -> list[tuple[Node, str]]:
    """Every layer that `runtime` would fail on or compute wrongly, and why."""
    return [(node, reason) for node in graph.nodes for reason in _reasons(graph, node, runtime)]


def kernel_types(graph: Graph, node: Node) -> str:
    """How the names of kernels end that compute in the layer's types; empty: no library has any
    but the reference's."""
    values = _values(graph, node)
    is_int4 = graph.has_input(node, 1) and graph.input(node, 1).dtype == "int4"
    return {"int8": "s4" if is_int4 else "s8", "int16": "s16"}.get(values, "")


def _is_rescaling(graph: Graph, node: Node) -> bool:
    """Whether a RELU6 on its own changes the scale."""
    source, output = graph.input(node, 0), graph.output(node)
    return source.scales != output.scales or source.zero_points != output.zero_points


def _reasons(graph: Graph, node: Node, runtime: Runtime) -> Iterator[str]:
    kernel = runtime.operators.get(node.op)
    if kernel is None:
        yield f"{runtime.name} has no such operator"
        return
    if node.op == "DEQUANTIZE" and graph.input(node, 0).dtype == "float16":
        yield f"float16 values; {runtime.name} has no kernel; take the aot engine (--engine aot)"
        return
    if node.op == "RELU6" and _is_rescaling(graph, node):
        yield "the library ignores that the output has another scale and computes garbage"
    values = _values(graph, node)
    weights = graph.input(node, 1) if graph.has_input(node, 1) else None
    if weights is not None and weights.data is None:
        weights = None
    if weights is not None and values == "float32" and weights.dtype in ("int8", "int4"):
        yield _HYBRID.format(weights.dtype)
        return
    if node.version > kernel.version:
        yield f"version {node.version}; {runtime.name} has up to {kernel.version}"
    if kernel.types and values and values not in kernel.types:
        yield f"{values} values; {runtime.name} takes {', '.join(kernel.types)}"
    if weights is None:
        return
    if weights.dtype == "int4" and node.op not in runtime.int4_filters:
        yield f"int4 weights; {runtime.name} cannot unpack them"
    scales = len(set(weights.scales))
    if node.op == "FULLY_CONNECTED" and scales > 1 and (values, weights.dtype) != ("int8", "int8"):
        yield _ONE_OTHER_SCALE.format(values, weights.dtype, scales, runtime.name)
    elif node.op == "FULLY_CONNECTED" and scales > 1 and not runtime.per_axis_dense:
        yield _ONE_SCALE.format(scales)
    if node.op == "CONV_2D" and not runtime.grouped_conv:
        depth = graph.input(node, 0).shape[-1]
        if weights.shape[-1] != depth:
            yield f"in {depth // weights.shape[-1]} groups; {runtime.name} takes it for one group"


def _values(graph: Graph, node: Node) -> str:
    """The type a kernel computes in: that of its first input that is no constant; none for
    CALL_ONCE."""
    inputs = [graph.tensor(i) for i in node.inputs if i >= 0]
    varying = [t for t in inputs if t.data is None] or [graph.tensor(i) for i in node.outputs]
    return varying[0].dtype if varying else ""
