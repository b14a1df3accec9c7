"""VAR_HANDLE: names a variable, which the engine knows as a tensor; nothing runs."""

from __future__ import annotations

from typing import Any

from tinydeploy.graph import Aim, Attrs, Call, Graph, Node
from tinydeploy.ops.relu import macs

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddVarHandle"
dtypes = ()


def read(options: Any) -> Attrs:
    """The variable's name, with its container where it has one."""
    container, name = options.Container() or b"", options.SharedName() or b""
    return {"variable": b"/".join(part for part in (container, name) if part).decode()}


def refuse(graph: Graph, node: Node) -> str:
    """Never: what can be refused is what reads or sets the variable."""
    return ""


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call without a kernel; `passes.drop_handles` leaves no such node."""
    return Call(node=node.index, kernel="", params=(), args=())
