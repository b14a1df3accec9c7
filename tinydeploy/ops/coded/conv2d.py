"""CONV_2D with a coded filter: decoded into scratch memory before the int8 kernel runs."""

from __future__ import annotations

from dataclasses import replace

from tinydeploy.graph import Aim, Arg, Call, Const, Decoded, Graph, Node
from tinydeploy.ops import conv2d
from tinydeploy.ops.coded.codes import decoding

refuse = conv2d.refuse

_ALIGNMENT = 8


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """The int8 operator's call with its filter decoded. Winograd's filters, which `speed` takes,
    are transformed and hardly get smaller: the kernel of `balanced` is taken."""
    optimize = "balanced" if aim.optimize == "speed" else aim.optimize
    return _coded(graph, node, conv2d.lower(graph, node, replace(aim, optimize=optimize)))


def reference(graph: Graph, node: Node) -> Call:
    """The portable kernel's call with its filter decoded."""
    return _coded(graph, node, conv2d.reference(graph, node))


def _coded(graph: Graph, node: Node, call: Call) -> Call:
    (filter_,) = (a for a in call.args if isinstance(a, Const) and a.name == "filter")
    by = decoding(node, filter_.data, graph.input(node, 1).coding)
    if by is None:
        return call
    before = max(call.scratch_bytes, by.scratch_bytes)  # needed one after the other
    offset = -(-before // _ALIGNMENT) * _ALIGNMENT
    args: tuple[Arg, ...] = tuple(Decoded(by, offset) if a is filter_ else a for a in call.args)
    return replace(
        call,
        args=args,
        scratch_bytes=offset + filter_.data.nbytes,
        sources=(*call.sources, *by.sources),
    )
