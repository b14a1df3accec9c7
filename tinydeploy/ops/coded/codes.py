"""Codes of filters as kernel parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tinydeploy import coding
from tinydeploy.graph import Call, Const, Node, Param
from tinydeploy.ops import shapes

if TYPE_CHECKING:
    from tinydeploy.graph import Array


def numbers(code: coding.Huffman | coding.Codebook) -> dict[str, Param]:
    """What a kernel has to know of the code besides its tables and its stream."""
    if isinstance(code, coding.Codebook):
        return {"bits": code.bits}
    return {
        "longest": code.longest,
        "gap_lengths": len(code.gaps.counts),
        "weight_lengths": len(code.weights.counts),
    }


def tables(code: coding.Huffman | coding.Codebook) -> dict[str, Param]:
    """The code's tables, as arrays in flash."""
    if isinstance(code, coding.Codebook):
        return {"book": Const("book", code.book)}
    return {
        "gap_counts": Const("gap_counts", code.gaps.counts),
        "gap_symbols": Const("gap_symbols", np.array(code.gaps.symbols, np.uint8)),
        "weight_counts": Const("weight_counts", code.weights.counts),
        "weight_symbols": Const(
            "weight_symbols", np.array(code.weights.symbols, np.int8).view(np.uint8)
        ),
    }


def scratch_bytes(code: coding.Huffman | coding.Codebook) -> int:
    """Bytes of the tables that a kernel makes before it decodes: what next bits stand for."""
    if isinstance(code, coding.Codebook):
        return 0
    return sum(2 << len(table.counts) for table in (code.gaps, code.weights))


def encoded(weights: Array, name: str) -> coding.Huffman | coding.Codebook:
    """The weights in the code of this name."""
    flat = np.asarray(weights, np.int8)
    if name == coding.HUFFMAN:
        return coding.huffman(flat)
    indexed = coding.codebook(flat)
    assert indexed is not None
    return indexed


def decoding(node: Node, packed: Array, name: str) -> Call | None:
    """The call that makes a packed filter from its code, of the weights in the filter's lanes where
    it has them; None when no code is smaller."""
    flat = np.asarray(packed).ravel().view(np.int8)
    candidates = []
    for lanes, weights in ((1, coding.lanes(flat)), (0, flat)):
        if weights is None or (name == coding.CODEBOOK and coding.codebook(weights) is None):
            continue
        candidates.append((lanes, encoded(weights, name)))
    if not candidates:
        return None
    lanes, code = min(candidates, key=lambda candidate: candidate[1].bytes)
    if code.bytes >= flat.size:
        return None
    kernel = f"td_decode_{name}_s8"
    params: dict[str, Param] = {
        "size": flat.size,
        "code_bytes": len(code.stream),
        "lanes": lanes,
        **numbers(code),
        **tables(code),
    }
    return Call(
        node=node.index,
        kernel=kernel,
        params=tuple(params.items()),
        args=(Const("filter", code.stream),),
        scratch_bytes=scratch_bytes(code),
        sources=shapes.sources(kernel, "td_code"),
    )
