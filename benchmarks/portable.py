"""`tinydeploy` with the portable kernels in place of the fast ones for convolutions and dense
layers: what these are compared with.

`python -m benchmarks.portable deploy MODEL …` takes what `tinydeploy` takes.
"""

from __future__ import annotations

from typing import Protocol

from tinydeploy.cli import main
from tinydeploy.graph import Aim, Call, Graph, Node
from tinydeploy.ops import conv2d, depthwise_conv2d, fully_connected


class _WithReference(Protocol):
    def reference(self, graph: Graph, node: Node) -> Call: ...


def use_references() -> None:
    """Lower these operators as layers for which no packer has a proof."""
    ops: tuple[_WithReference, ...] = (conv2d, depthwise_conv2d, fully_connected)
    for op in ops:
        vars(op)["lower"] = _lowering(op)


def _lowering(op: _WithReference) -> object:
    def lower(graph: Graph, node: Node, aim: Aim) -> Call:
        return op.reference(graph, node)

    return lower


if __name__ == "__main__":
    use_references()
    main()
