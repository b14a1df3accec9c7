"""Calls of the fast kernels, from what the packers answer."""

from __future__ import annotations

from typing import Protocol

from tinydeploy.arena import Step
from tinydeploy.graph import Call, Const, Node, Operand, Param, Scratch, Tensor


class Packed(Protocol):
    """What every packer's answer has."""

    @property
    def kernel(self) -> str:
        """The C function."""

    @property
    def params(self) -> tuple[tuple[str, Param], ...]:
        """Initialisers of its parameters."""

    @property
    def constants(self) -> tuple[Const, ...]:
        """Filter and, where it has one of its own, bias."""

    @property
    def scratch_bytes(self) -> int:
        """Bytes of scratch memory."""

    @property
    def steps(self) -> tuple[Step, ...]:
        """How it walks its input and output; empty when they must lie apart."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Its C files, relative to `firmware/`."""


def call(node: Node, packed: Packed, image: Tensor, output: Tensor) -> Call:
    """`kernel(&params, input, constants…, output, [scratch])`."""
    return Call(
        node=node.index,
        kernel=packed.kernel,
        params=packed.params,
        args=(
            Operand(image.index),
            *packed.constants,
            Operand(output.index, output=True),
            *((Scratch(),) if packed.scratch_bytes else ()),
        ),
        scratch_bytes=packed.scratch_bytes,
        overlaps=((image.index, packed.steps),) if packed.steps else (),
        sources=packed.sources,
    )
