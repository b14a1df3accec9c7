"""Variables in generated C: where each lies in `model_state.variables`, and what resets it.

They lie beside the arena, whose bytes are everybody's between two inferences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from tinydeploy.emit import array
from tinydeploy.graph import Call, Graph, Tensor

_ALIGNMENT = 4


def offsets(graph: Graph, calls: Sequence[Call]) -> dict[int, int]:
    """The byte offset of each variable that a call reads or writes, by tensor."""
    used = {tensor for call in calls for tensor in (*call.reads, *call.writes)}
    places: dict[int, int] = {}
    at = 0
    for tensor in graph.variables:
        if tensor.index in used:
            places[tensor.index] = at
            at += _padded(tensor)
    return places


def total_bytes(graph: Graph, places: Mapping[int, int]) -> int:
    """Bytes of all variables."""
    return sum(_padded(graph.tensor(tensor)) for tensor in places)


def initial_values(graph: Graph, places: Mapping[int, int]) -> str:
    """The constant arrays that `resets` copies from, for variables whose bytes are not all one."""
    tensors = [graph.tensor(tensor) for tensor in places]
    return "\n".join(array(_name(t), _bytes(t)) for t in tensors if np.ptp(_bytes(t)))


def resets(graph: Graph, places: Mapping[int, int]) -> Iterator[str]:
    """C statements that give each variable its first value."""
    for tensor, offset in places.items():
        values = _bytes(graph.tensor(tensor))
        where = f"state->variables + {offset}"
        if np.ptp(values):
            yield f"memcpy({where}, {_name(graph.tensor(tensor))}, {values.size});"
        else:
            yield f"memset({where}, {int(values[0]) & 0xFF}, {values.size});"


def _padded(tensor: Tensor) -> int:
    return -(-tensor.bytes // _ALIGNMENT) * _ALIGNMENT


def _bytes(tensor: Tensor) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    assert tensor.initial is not None
    return np.frombuffer(tensor.initial.tobytes(), np.int8)


def _name(tensor: Tensor) -> str:
    return f"variable{tensor.index}"
