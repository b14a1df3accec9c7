"""Strides of broadcast operands against numpy's broadcasting."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import as_strided

from tinydeploy.graph import Graph, Node, Tensor
from tinydeploy.ops import broadcast

DIMENSIONS = st.lists(st.tuples(st.integers(1, 4), st.booleans(), st.booleans()), max_size=4)


def graph_of(shapes: list[tuple[int, ...]]) -> tuple[Graph, Node]:
    tensors = tuple(Tensor(i, f"t{i}", s, "int8", (1.0,), (0,)) for i, s in enumerate(shapes))
    node = Node(0, "ADD", "add", (0, 1), (2,), {})
    return Graph("graph", tensors, (node,), (0, 1), (2,)), node


@given(DIMENSIONS, st.integers(0, 4))
def test_as_numpy(dimensions: list[tuple[int, bool, bool]], dropped: int) -> None:
    first = tuple(size if there else 1 for size, there, _ in dimensions)
    second = tuple(size if there else 1 for size, _, there in dimensions)[dropped:]
    first_values = np.arange(np.prod(first, dtype=int)).reshape(first)
    second_values = np.arange(np.prod(second, dtype=int)).reshape(second)
    wanted = np.broadcast_arrays(first_values, second_values)
    graph, node = graph_of([first, second, wanted[0].shape])
    assert broadcast.refuse(graph, node) == ""
    layout = broadcast.layout(graph, node)
    for values, name, want in zip(
        (first_values, second_values), ("stride1", "stride2"), wanted, strict=True
    ):
        strides = [stride * values.itemsize for stride in layout[name]]  # type: ignore[union-attr]
        seen = as_strided(values.reshape(-1), layout["shape"], strides)  # type: ignore[arg-type]
        assert np.array_equal(seen.reshape(-1), want.reshape(-1))


def test_like_dimensions_are_one_run() -> None:
    graph, node = graph_of([(2, 3, 4, 5), (2, 3, 4, 5), (2, 3, 4, 5)])
    assert broadcast.layout(graph, node) == {
        "shape": (1, 1, 1, 120),
        "stride1": (0, 0, 0, 1),
        "stride2": (0, 0, 0, 1),
    }


def test_too_many_runs_are_refused() -> None:
    graph, node = graph_of([(2, 1, 2, 1, 2), (1, 2, 1, 2, 1), (2, 2, 2, 2, 2)])
    assert "more than 4 dimensions" in broadcast.refuse(graph, node)
