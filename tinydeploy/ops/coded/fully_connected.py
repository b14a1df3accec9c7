"""FULLY_CONNECTED with a coded filter: decoded as it is used, so that no memory holds it."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Const, Graph, Node, Param
from tinydeploy.ops import fully_connected, shapes
from tinydeploy.ops.coded.codes import encoded, parameters

refuse = fully_connected.refuse

_NOTHING: dict[str, Param] = {
    "bits": 0,
    "longest": 0,
    "gap_lengths": 0,
    "weight_lengths": 0,
    "book": 0,
    "gap_counts": 0,
    "gap_symbols": 0,
    "weight_counts": 0,
    "weight_symbols": 0,
}
_SIZES = ("batches", "input_size", "output_size")
_CODE = ("bits", "longest", "gap_lengths", "weight_lengths")


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_fully_connected_coded_s8."""
    plain = fully_connected.reference(graph, node)
    weights = graph.input(node, 1)
    assert weights.data is not None
    code = encoded(weights.data, weights.coding)
    found, known = {**_NOTHING, **parameters(code)}, dict(plain.params)
    tables = [name for name in found if name not in _CODE]
    params: dict[str, Param] = {
        **{name: known[name] for name in _SIZES},
        "code_bytes": len(code.stream),
        **{name: found[name] for name in _CODE},
        **{
            name: known[name]
            for name in ("per_channel", "output_offset", "activation_min", "activation_max")
        },
        **{name: found[name] for name in tables},
        "multiplier": known["multiplier"],
        "shift": known["shift"],
    }
    return Call(
        node=node.index,
        kernel="td_fully_connected_coded_s8",
        params=tuple(params.items()),
        args=tuple(
            Const("filter", code.stream) if isinstance(a, Const) and a.name == "filter" else a
            for a in plain.args
        ),
        sources=shapes.sources("td_fully_connected_coded_s8", "td_code", "td_fixedpoint"),
    )
