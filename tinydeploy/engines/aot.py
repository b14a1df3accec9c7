"""The ahead-of-time engine: the model compiled to C; shapes, offsets and kernels are constants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tinydeploy import emit, variables
from tinydeploy.arena import (
    Access,
    Buffer,
    Inside,
    Layout,
    Request,
    Step,
    consistent,
    pixels,
    place,
)
from tinydeploy.board import Board
from tinydeploy.coding import CODINGS, HUFFMAN, code_filters
from tinydeploy.engines.borders import SCALES, border, scales
from tinydeploy.errors import UnsupportedOp
from tinydeploy.graph import Aim, Call, Const, Graph, Scratch
from tinydeploy.ops import OPS, lowering
from tinydeploy.ops.missing import INSTEAD
from tinydeploy.passes import simplify
from tinydeploy.plan import Layer, Placement, Plan
from tinydeploy.quantize import QuantizedModel
from tinydeploy.render import render
from tinydeploy.weights import in_flash

GLUE = ("engines/aot/td_model_aot.c",)
_GENERATED = ("model.h", "model.c", "README.md")
_ELEMENTWISE_STEPS = 64  # how finely an elementwise walk is described to the memory planner


def plan(model: QuantizedModel, board: Board, optimize: str) -> Plan:
    """Lower every node to a kernel call, place all tensors in one arena and write the C."""
    graph = code_filters(simplify(model.graph), _codings(model, optimize))
    _refuse(graph)
    aim = Aim(optimize, board.features)
    calls = tuple(lowering(graph, node).lower(graph, node, aim) for node in graph.nodes)
    calls, layout = _without_copies(graph, calls, place(_request(graph, calls)))
    calls = emit.shared(calls)
    placements = tuple(_placements(graph, calls, layout))
    constants = sum(c.data.nbytes for call in calls for c in call.constants if c.owner < 0)
    state_bytes = variables.total_bytes(graph, variables.offsets(graph, calls))
    return Plan(
        engine="aot",
        model_name=model.name,
        model_sha256=model.sha256,
        board=board.id,
        arena_bytes=layout.total,
        placements=placements,
        layers=tuple(
            Layer(
                node.index,
                node.op,
                node.name,
                OPS[node.op].macs(graph, node),
                graph.results(node),
            )
            for node in graph.nodes
        ),
        calls=calls,
        operators=(),
        files=_files(model, graph, calls, layout),
        sources=(*emit.sources(calls), *GLUE),
        defines={},
        lib_deps=(),
        flash_estimate_bytes=constants,
        filters=in_flash(graph, calls),
        ram_estimate_bytes=layout.total + state_bytes,
    )


def _codings(model: QuantizedModel, optimize: str) -> tuple[str, ...]:
    """The codes that filters may be in: `speed` has only those that the scheme is there for."""
    codings = CODINGS.get(model.scheme, ())
    return codings if optimize != "speed" or HUFFMAN in codings else ()


def _refuse(graph: Graph) -> None:
    """UnsupportedOp with every node the engine cannot run, not just the first."""
    refused = [
        (node, reason)
        for node in graph.nodes
        if (
            reason := lowering(graph, node).refuse(graph, node)
            if node.op in OPS
            else _unknown(node.op)
        )
    ]
    if refused:
        lines = [f"{node.op} in layer {node.index} ({node.name}): {why}" for node, why in refused]
        elsewhere = all(node.op in OPS and OPS[node.op].resolver for node, _ in refused)
        raise UnsupportedOp(
            "the aot engine cannot run this model:\n  " + "\n  ".join(lines),
            "see `tinydeploy ops` for what it runs, or change these layers"
            + ("; or try --engine tflm, which has these operators" if elsewhere else ""),
        )


def _unknown(op: str) -> str:
    instead = INSTEAD.get(op)
    return "operator not supported" + (f": {instead}" if instead else "")


def _request(graph: Graph, calls: Sequence[Call]) -> Request:
    """The calls' tensors, scratch and ways to share memory, in the planner's words."""
    buffers = [
        Buffer(_name(tensor), graph.tensor(tensor).bytes, first, last)
        for tensor, (first, last) in sorted(_lifetimes(graph, calls).items())
    ]
    buffers += [
        Buffer(_scratch(number), call.scratch_bytes, number, number, align=8)
        for number, call in enumerate(calls)
        if call.scratch_bytes
    ]
    return Request(tuple(buffers), tuple(_accesses(graph, calls)), tuple(_insides(calls)))


def _insides(calls: Sequence[Call]) -> Iterator[Inside]:
    for call in (call for call in calls if not call.kernel):
        for child, parent, offset in call.insides or ((call.writes[0], call.reads[0], 0),):
            yield Inside(_name(child), _name(parent), offset)


def _without_copies(
    graph: Graph, calls: tuple[Call, ...], layout: Layout
) -> tuple[tuple[Call, ...], Layout]:
    """Calls whose tensors can lie inside one another lose their kernel, unless that takes a larger
    arena than `layout`."""
    spared = calls
    for number, call in enumerate(calls):
        if call.kernel and call.insides:
            args = tuple(arg for arg in call.args if not isinstance(arg, Const | Scratch))
            free = replace(call, kernel="", params=(), args=args, sources=(), scratch_bytes=0)
            tried = (*spared[:number], free, *spared[number + 1 :])
            if consistent(_request(graph, tried)):
                spared = tried
    if spared is calls:
        return calls, layout
    smaller = place(_request(graph, spared))
    return (spared, smaller) if smaller.total <= layout.total else (calls, layout)


def _lifetimes(graph: Graph, calls: Sequence[Call]) -> dict[int, tuple[int, int]]:
    """First and last call that needs each tensor in the arena; inputs exist before call 0, outputs
    after all."""
    spans = dict.fromkeys(graph.inputs, (-1, -1))
    for number, call in enumerate(calls):
        for tensor in (*call.reads, *call.writes):
            if graph.tensor(tensor).initial is None:
                spans[tensor] = (spans.get(tensor, (number, number))[0], number)
    return {
        tensor: (first, len(calls) if tensor in graph.outputs else last)
        for tensor, (first, last) in spans.items()
    }


def _accesses(graph: Graph, calls: Sequence[Call]) -> Iterator[Access]:
    for number, call in enumerate(calls):
        if not call.kernel:
            continue
        overlaps = call.overlaps
        if call.in_place:
            overlaps += ((call.reads[0], _elementwise(graph.tensor(call.writes[0]).bytes)),)
        for tensor, steps in overlaps:
            yield Access(number, _name(tensor), _name(call.writes[0]), steps)


def _elementwise(size: int) -> tuple[Step, ...]:
    """A walk over `size` bytes in which each is read before it is written."""
    block = -(-size // _ELEMENTWISE_STEPS)
    return pixels(size, 1, 1, block=block)


def _placements(graph: Graph, calls: Sequence[Call], layout: Layout) -> Iterator[Placement]:
    for tensor, (first, last) in sorted(_lifetimes(graph, calls).items()):
        facts = graph.tensor(tensor)
        offset = layout.offsets[_name(tensor)]
        yield Placement(tensor, facts.name, offset, facts.bytes, first, last)


def _name(tensor: int) -> str:
    return f"tensor {tensor}"


def _scratch(call: int) -> str:
    return f"scratch of call {call}"


def _files(
    model: QuantizedModel, graph: Graph, calls: Sequence[Call], layout: Layout
) -> dict[str, str]:
    offsets = {tensor: layout.offsets[_name(tensor)] for tensor in _lifetimes(graph, calls)}
    kept = variables.offsets(graph, calls)
    places = {tensor: f"arena + {offset}" for tensor, offset in offsets.items()}
    places |= {tensor: f"state->variables + {offset}" for tensor, offset in kept.items()}
    layers = [
        {
            "title": emit.title(graph, graph.nodes[call.node]),
            "macs": OPS[graph.nodes[call.node].op].macs(graph, graph.nodes[call.node]),
            "constants": emit.constants(call),
            "statement": emit.statement(call, graph, places, _scratch_place(layout, number)),
            "index": call.node,
            "outputs": [
                {"place": places[tensor], "bytes": graph.tensor(tensor).bytes}
                for tensor in _left(graph, call)
            ],
        }
        for number, call in enumerate(calls)
    ]
    values = {
        "name": _c_text(model.name),
        "sha256": model.sha256,
        "arena_bytes": layout.total,
        "variables_bytes": variables.total_bytes(graph, kept),
        "initial_values": variables.initial_values(graph, kept),
        "resets": list(variables.resets(graph, kept)),
        "layers": layers,
        "includes": emit.includes(calls),
        "inputs": [_placed(graph, tensor, offsets) for tensor in graph.inputs],
        "outputs": [_placed(graph, tensor, offsets) for tensor in graph.outputs],
    }
    files = {name: render(f"aot/{name}.j2", **values) for name in _GENERATED}
    return {**files, SCALES: scales(graph, _c_text(model.name))}


def _left(graph: Graph, call: Call) -> tuple[int, ...]:
    """The tensors that hold what the call's node left: a variable itself, not what was put in."""
    node = graph.nodes[call.node]
    return call.writes if node.op == "ASSIGN_VARIABLE" else graph.results(node)


def _placed(graph: Graph, tensor: int, offsets: dict[int, int]) -> dict[str, object]:
    return {**border(graph, tensor), "offset": offsets[tensor]}


def _scratch_place(layout: Layout, call: int) -> str:
    offset = layout.offsets.get(_scratch(call))
    return "" if offset is None else f"arena + {offset}"


def _c_text(text: str) -> str:
    """`text` so that it may stand in a C string literal and in a comment."""
    return re.sub(r"[^\w .:+-]", "_", text, flags=re.ASCII)
