"""What the memory planner is asked and what it answers. It knows no graph: buffers, calls by
number, bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tinydeploy.arena.access import Step


@dataclass(frozen=True)
class Buffer:
    """`bytes` of the arena, alive from call `first` to call `last`, both inclusive.

    A model input is alive from call -1; a model output until the number of calls. Scratch is alive
    in one call. `align` is a power of two.
    """

    name: str
    bytes: int
    first: int
    last: int
    align: int = 4


@dataclass(frozen=True)
class Access:
    """How `call` reads `input` and writes `output`. They may share memory as far as `steps` allow,
    provided that no later call needs the input and that the output is born in this call.

    Several accesses of one call and pair with the same `order` all hold (an operand given twice);
    those with another `order` are alternatives, and `Layout.orders` tells which was taken.
    Alternatives are used only where the call has one such pair; elsewhere the first order counts.
    """

    call: int
    input: str
    output: str
    steps: tuple[Step, ...]
    order: str = "forward"


@dataclass(frozen=True)
class Inside:
    """`child` is bytes `offset`… of `parent`, with the same content: a rename, or a part of a
    concatenation or a split."""

    child: str
    parent: str
    offset: int = 0


@dataclass(frozen=True)
class Request:
    """All that must be placed in one arena."""

    buffers: tuple[Buffer, ...]
    accesses: tuple[Access, ...] = ()
    insides: tuple[Inside, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Byte offset of each buffer by name, and the arena's size. No layout is smaller than
    `lower_bound`; `orders` names the access order of each call whose buffers share memory."""

    offsets: Mapping[str, int]
    total: int
    lower_bound: int
    orders: Mapping[int, str]

    @property
    def optimal(self) -> bool:
        """Whether no smaller arena exists, by proof."""
        return self.total == self.lower_bound
