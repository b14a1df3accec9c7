"""Engine `tflm`: TensorFlow Lite Micro's interpreter over the model as it is.

Decided here: the operators to register, the size of the arena, and whether the board's pinned
library computes this model rightly at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from tinydeploy import tflm_tree
from tinydeploy.board import Board, Tflm
from tinydeploy.compat import Runtime, kernel_types, load_runtime, refusals
from tinydeploy.engines.borders import SCALES, scales
from tinydeploy.errors import UnsupportedOp, UsageError
from tinydeploy.graph import Graph, Node
from tinydeploy.ops import OPS
from tinydeploy.oracle import open_oracle
from tinydeploy.plan import Layer, Plan
from tinydeploy.quantize import QuantizedModel
from tinydeploy.render import render

# The arena of the wheel's reference kernels on a 64-bit host, and this much more: optimised kernels
# want scratch memory that those do not, pointers of a microcontroller are half as long.
_MARGIN_PERCENT = 16
ARENA_STEP = 16

# Without the wheel: bytes that the interpreter keeps for each tensor, node and output channel. Sums
# are a little above what the wheel needs for the MLPerf Tiny models.
_BYTES_PER_TENSOR = 32
_BYTES_PER_NODE = 160
_BYTES_PER_CHANNEL = 8
_BYTES_FIXED = 1536

# For each tensor: an AllocationInfo (micro_allocator.cc), 24, and greedy_memory_planner.h, 40.
_PLANNING_BYTES_PER_TENSOR = 64

# Flash of the interpreter and of one kernel: 31 KB with one operator, 84 KB with six (CMSIS-NN).
_CODE_BYTES = 21_000
_CODE_BYTES_PER_OP = 10_500
_HARNESS_RAM_BYTES = 8_192  # protocol buffers, stack, the interpreter's own state

_BYTES_A_LINE = 16


def plan(model: QuantizedModel, board: Board, optimize: str) -> Plan:
    """The plan for `model` on `board`; `optimize` changes nothing: the library's kernels are given.

    UnsupportedOp lists every layer that the library cannot run, or runs wrongly. UsageError when
    the board names no library.
    """
    library = board.tflm
    if library is None:
        raise UsageError(
            f"board {board.id} names no TensorFlow Lite Micro library",
            "use --engine aot, or give a tree of its sources: --tflm-dir TREE (or the environment "
            f"variable {tflm_tree.VARIABLE})",
        )
    graph = model.graph
    runtime = load_runtime(library.runtime)
    _refuse(graph, board, runtime)
    operators = _operators(graph, runtime)
    arena_bytes, arena_reason = _arena(model, library)
    return Plan(
        engine="tflm",
        model_name=model.name,
        model_sha256=model.sha256,
        board=board.id,
        arena_bytes=arena_bytes,
        placements=(),
        layers=tuple(_layer(graph, node) for node in graph.nodes),
        calls=(),
        operators=operators,
        files=_files(model, operators, arena_bytes, arena_reason, library),
        sources=_sources(board, library),
        defines={"TF_LITE_STATIC_MEMORY": "1", **({"CMSIS_NN": "1"} if library.cmsis_nn else {})},
        lib_deps=library.lib_deps,
        flash_estimate_bytes=len(model.tflite) + _CODE_BYTES + _CODE_BYTES_PER_OP * len(operators),
        ram_estimate_bytes=arena_bytes + _HARNESS_RAM_BYTES,
    )


def _sources(board: Board, library: Tflm) -> tuple[str, ...]:
    """The glue, and for a bare board what a framework or its library would bring."""
    bare = ("engines/tflm_tree/td_tflm_port.cc",) if library.tree and board.baremetal else ()
    return ("engines/tflm/td_model_tflm.cc", *bare)


def _layer(graph: Graph, node: Node) -> Layer:
    macs = OPS[node.op].macs(graph, node)
    return Layer(
        node.index, node.op, node.name, macs, graph.results(node), kernel_types(graph, node)
    )


def _refuse(graph: Graph, board: Board, runtime: Runtime) -> None:
    reasons = [
        f"layer {node.index} {node.op} ({node.name}): tinydeploy does not know this operator"
        for node in graph.nodes
        if node.op not in OPS
    ]
    reasons += [
        f"layer {node.index} {node.op} ({node.name}): {reason}"
        for node, reason in refusals(graph, runtime)
        if node.op in OPS
    ]
    if reasons:
        raise UnsupportedOp(
            f"engine tflm cannot run {graph.name} on {board.id}:\n" + "\n".join(reasons),
            "use --engine aot, or newer sources of the library (--tflm-dir TREE); else change "
            "these layers or convert them another way",
        )


def _operators(graph: Graph, runtime: Runtime) -> tuple[str, ...]:
    """The calls that register each operator once, where they can for int8 alone: it is smaller."""
    calls = {}
    for op in {node.op for node in graph.nodes}:
        nodes = [node for node in graph.nodes if node.op == op]
        small = op in runtime.int8_registrations and all(_is_int8(graph, node) for node in nodes)
        calls[OPS[op].resolver] = f"tflite::Register_{op}_INT8()" if small else ""
    return tuple(f"{method}({registration})" for method, registration in sorted(calls.items()))


def _is_int8(graph: Graph, node: Node) -> bool:
    """Whether values and weights are int8; a bias is not."""
    tensors = [graph.input(node, i) for i in (0, 1) if graph.has_input(node, i)]
    return all(t.dtype == "int8" for t in (*tensors, graph.output(node)))


def _arena(model: QuantizedModel, library: Tflm) -> tuple[int, str]:
    """Bytes of the arena, and where the figure comes from."""
    if library.arena_bytes:
        return library.arena_bytes, "As it was asked for."
    oracle = open_oracle(model.tflite)
    needed = oracle.arena_bytes()
    source = oracle.name
    if needed is None:
        needed, source = _estimated_arena(model.graph), "an estimate"
    return with_margin(
        needed
    ), f"{needed} bytes by {source}, and {_MARGIN_PERCENT} % for other kernels."


def to_start(graph: Graph, used: int) -> int:
    """Bytes that a model which takes `used` in the end needs while its arena is planned: the
    planner's own records lie where the tensors will be, and can be larger."""
    return used + _PLANNING_BYTES_PER_TENSOR * len(graph.tensors)


def with_margin(needed: int) -> int:
    """Bytes of an arena for a model that takes `needed` of it."""
    padded = needed * (100 + _MARGIN_PERCENT) // 100
    return -(-padded // ARENA_STEP) * ARENA_STEP


def _estimated_arena(graph: Graph) -> int:
    """What the interpreter needs for `graph`: the tensors alive at once, and its own records."""
    last_read = {index: node.index for node in graph.nodes for index in node.inputs}
    last_read.update(dict.fromkeys(graph.outputs, len(graph.nodes)))
    alive = set(graph.inputs)
    peak = channels = 0
    for node in graph.nodes:
        alive.update(node.outputs)
        peak = max(peak, sum(-(-graph.tensor(index).bytes // 16) * 16 for index in alive))
        alive = {index for index in alive if last_read.get(index, -1) > node.index}
        if graph.has_input(node, 1):
            channels += len(graph.input(node, 1).scales)
    return (
        peak
        + _BYTES_FIXED
        + _BYTES_PER_TENSOR * len(graph.tensors)
        + _BYTES_PER_NODE * len(graph.nodes)
        + _BYTES_PER_CHANNEL * channels
    )


def _files(
    model: QuantizedModel,
    operators: tuple[str, ...],
    arena_bytes: int,
    arena_reason: str,
    library: Tflm,
) -> dict[str, str]:
    graph = model.graph
    about = {"name": model.name, "sha256": model.sha256}
    handles = [node for node in graph.nodes if node.op == "VAR_HANDLE"]
    facts = {
        "literal": json.dumps(model.name, ensure_ascii=False),
        "arena_bytes": arena_bytes,
        "arena_reason": arena_reason,
        "input_bytes": [graph.tensor(tensor).bytes for tensor in graph.inputs],
        "model_bytes": len(model.tflite),
        "holds_state": bool(graph.variables),
        "resources": len({node.attrs["variable"] for node in handles}),
        "layer_count": len(graph.nodes),
        "outputs": [output for node in graph.nodes for output in _layer_outputs(graph, node)],
    }
    files = {
        "model_data.h": render("tflm/model_data.h.j2", **about, **facts),
        "model_data.cc": render(
            "tflm/model_data.cc.j2", **about, **facts, data=_lines(model.tflite)
        ),
        SCALES: scales(graph, model.name),
        "op_resolver.h": render("tflm/op_resolver.h.j2", **about, operators=operators),
    }
    if library.components:
        pairs = [component.split("==", 1) for component in library.components]
        files["idf_component.yml"] = render("tflm/idf_component.yml.j2", **about, components=pairs)
    return files


def _layer_outputs(graph: Graph, node: Node) -> Iterator[dict[str, object]]:
    """What the firmware knows of each output of a layer; one that has none has a line too."""
    tensors = graph.results(node) or (-1,)
    for place, tensor in enumerate(tensors, 1):
        yield {
            "index": node.index,
            "op": node.op,
            "tensor": tensor,
            "bytes": 0 if tensor < 0 else graph.tensor(tensor).bytes,
            "last": place == len(tensors),
        }


def _lines(data: bytes) -> Iterator[str]:
    """The bytes as lines of a C initialiser."""
    for start in range(0, len(data), _BYTES_A_LINE):
        yield " ".join(f"0x{byte:02x}," for byte in data[start : start + _BYTES_A_LINE])
