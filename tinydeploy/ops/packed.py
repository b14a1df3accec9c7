"""Calls of the fast kernels, from what the packers answer."""

from __future__ import annotations

from tinydeploy.graph import Call, Const, Node, Operand, Scratch, Tensor
from tinydeploy.packing import Packed


def call(node: Node, packed: Packed, image: Tensor, output: Tensor) -> Call:
    """`kernel(&params, input, filter, bias, output, scratch)`."""
    return Call(
        node=node.index,
        kernel=packed.kernel,
        params=packed.params,
        args=(
            Operand(image.index),
            Const("filter", packed.filter),
            Const("bias", packed.bias),
            Operand(output.index, output=True),
            Scratch(),
        ),
        scratch_bytes=packed.scratch_bytes,
        overlaps=((image.index, packed.steps),),
        sources=packed.sources,
    )
