"""OPS: every operator tinydeploy knows, by its TFLite builtin name."""

from __future__ import annotations

from typing import Any, Protocol

from tinydeploy.graph import Attrs, Call, Graph, Node


class Op(Protocol):
    """What a module in `ops/` gives."""

    resolver: str
    """The `MicroMutableOpResolver` method that registers it, e.g. `AddConv2D`."""

    def read(self, options: Any) -> Attrs:
        """The builtin options table (or None when the file has none) as plain attributes."""

    def macs(self, graph: Graph, node: Node) -> int:
        """Multiply-accumulates per inference."""

    def refuse(self, graph: Graph, node: Node) -> str:
        """Why the aot engine cannot run this node; empty when it can."""

    def lower(self, graph: Graph, node: Node) -> Call:
        """The kernel call that runs this node."""


OPS: dict[str, Op] = {}
