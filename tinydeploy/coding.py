"""Codes in which filters lie in flash: Huffman-coded gaps and weights, or indices of a codebook.

Both are lossless, and decoded by firmware/kernels/td_code.h. The Huffman code is that of Han et
al., 2016 ("Deep Compression"): runs of zeros and the weights between them have a code each.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tinydeploy.graph import Graph
from tinydeploy.weights import measure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Int8 = NDArray[np.int8]
    Bytes = NDArray[np.uint8]

HUFFMAN, CODEBOOK = "huffman", "codebook"

CODINGS: dict[str, tuple[str, ...]] = {
    "clustered": (CODEBOOK,),
    "pruned-clustered": (CODEBOOK,),
    "deep-compressed": (HUFFMAN, CODEBOOK),
}
"""By scheme, the codes that filters may be in where they take less flash so."""

_LONGEST_CODE = 8  # bits: what the decoder looks up at once
_GAPS = (7, 15, 31, 63)
_MOST_INDEX_BITS = 7


@dataclass(frozen=True, eq=False)
class Table:
    """A complete canonical Huffman code: how many codes each length from 1 on has, and the symbols
    in the order of their codes."""

    counts: Bytes
    symbols: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """Bytes in flash."""
        return len(self.counts) + len(self.symbols)


@dataclass(frozen=True, eq=False)
class Huffman:
    """`stream` has pairs of a gap, how many zeros come first, and a weight. The gap `longest` has
    no weight: the zeros go on."""

    stream: Bytes
    longest: int
    gaps: Table
    weights: Table

    @property
    def bytes(self) -> int:
        """Bytes in flash, tables included."""
        return len(self.stream) + self.gaps.bytes + self.weights.bytes


@dataclass(frozen=True, eq=False)
class Codebook:
    """`stream` has an index of `bits` bits into `book` for each weight."""

    stream: Bytes
    bits: int
    book: Int8

    @property
    def bytes(self) -> int:
        """Bytes in flash, codebook included."""
        return len(self.stream) + len(self.book)


def code_filters(graph: Graph, codings: tuple[str, ...]) -> Graph:
    """Filters of convolutions and Dense layers get the smallest of these codes, where one makes
    them smaller: a `Graph → Graph` step that leaves every value as it was."""
    if not codings:
        return graph
    tensors = list(graph.tensors)
    for layer in measure(graph):
        filter_ = graph.input(graph.nodes[layer.node], 1)
        assert filter_.data is not None
        data = filter_.data.astype(np.int8, copy=False)
        tensors[filter_.index] = replace(filter_, coding=best(data, codings)[0])
    return replace(graph, tensors=tuple(tensors))


def huffman(weights: Int8) -> Huffman:
    """The shortest Huffman code of these weights, in their order."""
    flat = weights.ravel()
    return min((_huffman(flat, longest) for longest in _GAPS), key=lambda code: code.bytes)


def codebook(weights: Int8) -> Codebook | None:
    """The weights as indices; None when there are more values than 7 bits tell apart."""
    book, indices = np.unique(weights.ravel(), return_inverse=True)
    bits = max(1, (len(book) - 1).bit_length())
    if bits > _MOST_INDEX_BITS:
        return None
    padded = np.zeros(1 << bits, np.int8)
    padded[: len(book)] = book
    return Codebook(_packed([(int(i), bits) for i in indices.ravel()]), bits, padded)


def best(weights: Int8, codings: tuple[str, ...]) -> tuple[str, int]:
    """Which of the codings makes the weights smallest, and its bytes; empty when none does."""
    sizes = {"": weights.size}
    if CODEBOOK in codings and (indexed := codebook(weights)) is not None:
        sizes[CODEBOOK] = indexed.bytes
    if HUFFMAN in codings:
        sizes[HUFFMAN] = huffman(weights).bytes
    name = min(sizes, key=lambda key: sizes[key])
    return name, sizes[name]


def lanes(packed: Int8) -> Int8 | None:
    """The weights of which a packed filter's 16-bit lanes are made, the odd times 256 plus the
    even (td_packed.h); None when the bytes are no such lanes."""
    if packed.size % 2:
        return None
    words = packed.ravel().view(np.int16).astype(np.int32)
    even = words.astype(np.int8)
    odd = (words - even) >> 8
    if odd.size and (odd.min() < -128 or odd.max() > 127):
        return None
    return np.stack([even, odd.astype(np.int8)], axis=1).ravel()


def _huffman(flat: Int8, longest: int) -> Huffman:
    at, pairs, values = 0, [], []
    for place in np.flatnonzero(flat).tolist():
        whole, gap = divmod(place - at, longest)
        pairs += [longest] * whole + [gap]
        values += [None] * whole + [int(flat[place])]
        at = place + 1
    whole, gap = divmod(len(flat) - at, longest)
    pairs += [longest] * whole + [gap] * (gap > 0)
    values += [None] * (whole + (gap > 0))
    gaps, gap_codes = _table(pairs)
    weights, weight_codes = _table([v for v in values if v is not None])
    codes = []
    for gap, value in zip(pairs, values, strict=True):
        codes.append(gap_codes[gap])
        if value is not None:
            codes.append(weight_codes[value])
    return Huffman(_packed(codes), longest, gaps, weights)


def _table(symbols: list[int]) -> tuple[Table, dict[int, tuple[int, int]]]:
    """The code of these symbols, and each symbol's (code, bits)."""
    counts = Counter(symbols or [0])
    lengths = _lengths(counts)
    order = sorted(counts, key=lambda symbol: (lengths[symbol], symbol))
    codes, code, length = {}, 0, lengths[order[0]]
    for symbol in order:
        code <<= lengths[symbol] - length
        length = lengths[symbol]
        codes[symbol] = code, length
        code += 1
    if len(order) == 1:  # a second code for it makes the code complete: no bits mean nothing
        order = order * 2
    used = Counter(lengths[symbol] for symbol in order)
    each = [used[n] for n in range(1, length + 1)]
    return Table(np.array(each, np.uint8), tuple(order)), codes


def _lengths(counts: Counter[int]) -> dict[int, int]:
    """Each symbol's bits in a Huffman code of at most 8 bits."""
    if len(counts) == 1:
        return dict.fromkeys(counts, 1)
    while True:
        heap: list[tuple[int, int, tuple[int, ...]]] = [
            (count, symbol, (symbol,)) for symbol, count in counts.items()
        ]
        heapq.heapify(heap)
        lengths = dict.fromkeys(counts, 0)
        while len(heap) > 1:
            (a, first, left), (b, second, right) = heapq.heappop(heap), heapq.heappop(heap)
            for symbol in (*left, *right):
                lengths[symbol] += 1
            heapq.heappush(heap, (a + b, min(first, second), (*left, *right)))
        if max(lengths.values()) <= _LONGEST_CODE:
            return lengths
        counts = Counter({symbol: (count + 1) // 2 for symbol, count in counts.items()})


def _packed(codes: list[tuple[int, int]]) -> Bytes:
    """The codes (value, bits), the first bit of the first in the highest of the first byte."""
    text = "".join(format(value, f"0{bits}b") for value, bits in codes)
    bits = np.frombuffer(text.encode(), np.uint8) - ord("0")
    return np.packbits(bits) if len(bits) else np.zeros(1, np.uint8)
