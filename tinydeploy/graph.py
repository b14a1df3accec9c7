"""The one intermediate representation: a `Graph` of `Node`s over `Tensor`s.

And `Call`, one kernel call as data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, TypeAlias

from tinydeploy.arena import Step

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.generic]

Attr: TypeAlias = int | float | bool | str | tuple[int, ...]
Attrs: TypeAlias = Mapping[str, Attr]

MODES = ("balanced", "speed", "size")
"""What the aot engine may optimize for: `speed` may spend flash, `size` spends neither."""


@dataclass(frozen=True)
class Aim:
    """What a kernel is chosen for. `optimize` is one of MODES; `features` are what the board's CPU
    has beyond its base instructions: `dsp`, `mve`, as in ACLE's `__ARM_FEATURE_…`."""

    optimize: str = "balanced"
    features: frozenset[str] = frozenset()


ITEM_BYTES = {  # of an element in `data`: an int4 one has a byte of its own
    "int4": 1,
    "int8": 1,
    "uint8": 1,
    "bool": 1,
    "int16": 2,
    "float16": 2,
    "int32": 4,
    "float32": 4,
    "int64": 8,
    "resource": 4,
}


@dataclass(frozen=True, eq=False)
class Tensor:
    """One tensor of the model.

    `scales` and `zero_points` are empty when it is not quantized, hold one value when quantized per
    tensor and one per index of dimension `axis` when per axis. `coding` is how a constant is to lie
    in flash when not as it is.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    axis: int = 0
    data: Array | None = None
    coding: str = ""
    initial: Array | None = None

    @property
    def size(self) -> int:
        """Number of elements."""
        return prod(self.shape)

    @property
    def bytes(self) -> int:
        """Bytes of the elements without any padding; two of int4 share one."""
        if self.dtype == "int4":
            return -(-self.size // 2)
        return self.size * ITEM_BYTES[self.dtype]

    @property
    def scale(self) -> float:
        """The per-tensor scale."""
        return self.scales[0]

    @property
    def zero_point(self) -> int:
        """The per-tensor zero point."""
        return self.zero_points[0]


@dataclass(frozen=True)
class Node:
    """One operator. `op` is TFLite's builtin name (`CONV_2D`), `name` the layer's name a person
    knows, `inputs` and `outputs` tensor indices (-1: an optional input that is absent)."""

    index: int
    op: str
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    attrs: Attrs
    version: int = 1


@dataclass(frozen=True)
class Graph:
    """A model: nodes in the order they run, tensors by index."""

    name: str
    tensors: tuple[Tensor, ...]
    nodes: tuple[Node, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def tensor(self, index: int) -> Tensor:
        """The tensor with this index."""
        return self.tensors[index]

    def input(self, node: Node, position: int) -> Tensor:
        """The tensor at input `position` of `node`."""
        return self.tensors[node.inputs[position]]

    def output(self, node: Node, position: int = 0) -> Tensor:
        """The tensor at output `position` of `node`."""
        return self.tensors[node.outputs[position]]

    @property
    def variables(self) -> tuple[Tensor, ...]:
        """The tensors that live on from one inference to the next."""
        return tuple(tensor for tensor in self.tensors if tensor.initial is not None)

    def results(self, node: Node) -> tuple[int, ...]:
        """The tensors of the model's file that hold what `node` left: its outputs, or what it put
        into a variable; none when it left but a variable's name."""
        if node.op == "VAR_HANDLE":
            return ()
        return node.inputs[:1] if node.op == "ASSIGN_VARIABLE" else node.outputs

    def has_input(self, node: Node, position: int) -> bool:
        """Whether the optional input at `position` is there."""
        return position < len(node.inputs) and node.inputs[position] >= 0


@dataclass(frozen=True, eq=False)
class Const:
    """A constant array in flash; its dtype gives the C type. `name` is a suffix, as `filter`.

    `owner` is the node whose equal array it is, -1 when it is the call's own."""

    name: str
    data: Array
    owner: int = -1


@dataclass(frozen=True)
class Operand:
    """A tensor in the arena, passed to a kernel as a pointer; `output` when it is written."""

    tensor: int
    output: bool = False


@dataclass(frozen=True)
class Inputs:
    """Any number of tensors in the arena, and of constants, read by a kernel through one array of
    pointers."""

    tensors: tuple[int | Const, ...]


@dataclass(frozen=True)
class Outputs:
    """Any number of tensors in the arena, written by a kernel through one array of pointers."""

    tensors: tuple[int, ...]


@dataclass(frozen=True)
class Scratch:
    """The call's scratch memory in the arena, passed as a pointer."""


@dataclass(frozen=True)
class Decoded:
    """A constant that lies in flash in a code: before the call, `by` writes it into the call's
    scratch memory, `offset` bytes from its begin, as `kernel(&params, code, result)`.

    Where `by` has scratch bytes of its own, they are those at the begin, and its last argument.
    """

    by: Call
    offset: int


Param: TypeAlias = int | float | Const | tuple[int, ...]
Arg: TypeAlias = Operand | Inputs | Outputs | Const | Scratch | Decoded


@dataclass(frozen=True)
class Call:
    """One kernel call as data: `kernel(&params, args…)`.

    `params` are the designated initialisers of the C struct `<kernel>_params`, in declaration
    order; a `Const` among them becomes a pointer to a constant array. `sources` are the C files it
    needs, relative to `firmware/`. `overlaps` tells, per input tensor, in which steps the kernel
    walks that input and its output, so that the two may share memory; a call that says `in_place`
    works element by element and may write over its first input. A node that only renames its input
    (RESHAPE) is a Call with an empty kernel and `in_place`. `insides` are (tensor, tensor it is a
    part of, byte offset there): where all of them can lie so, the kernel has nothing left to do.
    """

    node: int
    kernel: str
    params: tuple[tuple[str, Param], ...]
    args: tuple[Arg, ...]
    scratch_bytes: int = 0
    in_place: bool = False
    overlaps: tuple[tuple[int, tuple[Step, ...]], ...] = ()
    insides: tuple[tuple[int, int, int], ...] = ()
    sources: tuple[str, ...] = field(default=())

    @property
    def reads(self) -> tuple[int, ...]:
        """Tensor indices read."""
        single = [a.tensor for a in self.args if isinstance(a, Operand) and not a.output]
        among = [t for a in self.args if isinstance(a, Inputs) for t in a.tensors]
        return (*single, *(t for t in among if not isinstance(t, Const)))

    @property
    def writes(self) -> tuple[int, ...]:
        """Tensor indices written."""
        single = [a.tensor for a in self.args if isinstance(a, Operand) and a.output]
        return (*single, *(t for a in self.args if isinstance(a, Outputs) for t in a.tensors))

    @property
    def constants(self) -> tuple[Const, ...]:
        """All constant arrays, parameters first."""
        values = [value for _, value in self.params if isinstance(value, Const)]
        among = [t for a in self.args if isinstance(a, Inputs) for t in a.tensors]
        coded = [c for a in self.args if isinstance(a, Decoded) for c in a.by.constants]
        return tuple(v for v in (*values, *self.args, *among, *coded) if isinstance(v, Const))
