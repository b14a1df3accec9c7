"""EMBEDDING_LOOKUP: rows of a constant table by indices that are known at run time."""

from __future__ import annotations

from tinydeploy.graph import Aim, Call, Const, Graph, Node, Operand, Param
from tinydeploy.ops import gather, shapes
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddEmbeddingLookup"
dtypes = ("int8", "float32")


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    indices, table, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    if indices.dtype != "int32" or indices.data is not None or len(indices.shape) != 1:
        return f"the indices {indices.name} are no vector of int32 that varies"
    if table.data is None:
        return f"the table {table.name} is not constant"
    if table.dtype not in dtypes or output.dtype not in (table.dtype, "float32"):
        return f"from {table.dtype} to {output.dtype}"
    if table.dtype == output.dtype:
        return ""
    return shapes.refuse_types((table,)) or (
        f"the table {table.name} has a zero point other than 0" if table.zero_point else ""
    )


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_gather, or of td_embedding_s8_f32 for float32 rows of an int8 table."""
    indices, table, output = graph.input(node, 0), graph.input(node, 1), graph.output(node)
    if table.dtype == output.dtype:
        return gather.at_run_time(graph, node, table, indices, axis=0)
    assert table.data is not None
    params: dict[str, Param] = {
        "count": indices.size,
        "size": table.shape[0],
        "depth": table.size // table.shape[0],
        "scale": table.scale,
    }
    return Call(
        node=node.index,
        kernel="td_embedding_s8_f32",
        params=tuple(params.items()),
        args=(
            Operand(indices.index),
            Const("table", table.data),
            Operand(output.index, output=True),
        ),
        sources=shapes.sources("td_embedding_s8_f32"),
    )
