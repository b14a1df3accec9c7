"""`match`: which tensor of the float model a tensor of the quantized one came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from tinydeploy.graph import Graph, Node

_CHANGES_TYPE = ("QUANTIZE", "DEQUANTIZE")


@dataclass(frozen=True)
class Match:
    """Tensors of the quantized graph → those of the float graph, by index, and the nodes whose
    output has none."""

    tensors: dict[int, int]
    unmatched: tuple[Node, ...]


def match(quantized: Graph, floating: Graph) -> Match:
    """Both graphs' tensors, first by name, then by operator and size in the order they run.

    A name counts where it is one tensor's alone in both; constants follow their nodes.
    """
    ours, theirs = _layers(quantized), _layers(floating)
    nodes: dict[int, int] = {}
    for name, number in _names(quantized, ours).items():
        other = _names(floating, theirs).get(name)
        if other is not None and _size(quantized, ours[number]) == _size(floating, theirs[other]):
            nodes[number] = other
    first = [_key(quantized, node) for node in ours]
    second = [_key(floating, node) for node in theirs]
    same = SequenceMatcher(a=first, b=second, autojunk=False)
    for start, other, length in same.get_matching_blocks():
        for offset in range(length):
            if start + offset not in nodes and other + offset not in nodes.values():
                nodes[start + offset] = other + offset
    tensors = dict(zip(quantized.inputs, floating.inputs, strict=False))
    for number, other in nodes.items():
        tensors.update(zip(ours[number].outputs, theirs[other].outputs, strict=False))
        tensors.update(_constants(quantized, ours[number], floating, theirs[other]))
    unmatched = tuple(node for number, node in enumerate(ours) if number not in nodes)
    return Match(tensors, unmatched)


def _layers(graph: Graph) -> list[Node]:
    return [node for node in graph.nodes if node.op not in _CHANGES_TYPE and node.outputs]


def _names(graph: Graph, nodes: Sequence[Node]) -> dict[str, int]:
    names = [graph.output(node).name for node in nodes]
    counts = Counter(names)
    return {name: number for number, name in enumerate(names) if counts[name] == 1}


def _size(graph: Graph, node: Node) -> int:
    return graph.output(node).size


def _key(graph: Graph, node: Node) -> tuple[str, int]:
    return node.op, _size(graph, node)


def _constants(
    quantized: Graph, ours: Node, floating: Graph, theirs: Node
) -> list[tuple[int, int]]:
    """The constant inputs of two nodes of one operator, such as filters and biases."""
    if ours.op != theirs.op:
        return []
    found = []
    for first, second in zip(ours.inputs, theirs.inputs, strict=False):
        if min(first, second) < 0:
            continue
        one, other = quantized.tensor(first), floating.tensor(second)
        if one.data is not None and other.data is not None and one.shape == other.shape:
            found.append((first, second))
    return found
