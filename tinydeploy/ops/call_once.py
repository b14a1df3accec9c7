"""CALL_ONCE: sets variables to their first values, which `model_reset` does; nothing runs."""

from __future__ import annotations

from typing import Any

from tinydeploy.graph import Attrs, Graph, Node
from tinydeploy.ops.relu import macs
from tinydeploy.ops.var_handle import lower

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddCallOnce"
dtypes = ()


def read(options: Any) -> Attrs:
    """The subgraph that is called."""
    return {"subgraph": int(options.InitSubgraphIndex())}


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot do without this node; empty when it can."""
    return str(node.attrs["reason"])
