"""FULLY_CONNECTED with a coded filter: decoded as it is used, so that no memory holds it."""

from __future__ import annotations

from tinydeploy.graph import Aim, Arg, Call, Const, Graph, Node, Param, Scratch
from tinydeploy.ops import fully_connected, shapes
from tinydeploy.ops.coded.codes import encoded, numbers, scratch_bytes, tables

refuse = fully_connected.refuse

_FINISH = (
    "per_channel",
    "output_offset",
    "activation_min",
    "activation_max",
    "multiplier",
    "shift",
)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_fully_connected_huffman_s8 or td_fully_connected_codebook_s8."""
    plain = fully_connected.reference(graph, node)
    weights = graph.input(node, 1)
    assert weights.data is not None
    code = encoded(weights.data, weights.coding)
    known = dict(plain.params)
    params: dict[str, Param] = {
        **{name: known[name] for name in ("batches", "input_size", "output_size")},
        "code_bytes": len(code.stream),
        **numbers(code),
        **{name: known[name] for name in _FINISH},
        **tables(code),
    }
    args: tuple[Arg, ...] = tuple(
        Const("filter", code.stream) if isinstance(a, Const) and a.name == "filter" else a
        for a in plain.args
    )
    room = scratch_bytes(code)
    kernel = f"td_fully_connected_{weights.coding}_s8"
    return Call(
        node=node.index,
        kernel=kernel,
        params=tuple(params.items()),
        args=(*args, Scratch()) if room else args,
        scratch_bytes=room,
        sources=shapes.sources(kernel, "td_code", "td_fixedpoint"),
    )
