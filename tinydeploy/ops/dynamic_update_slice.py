"""DYNAMIC_UPDATE_SLICE: a part is replaced whose place is known at run time."""

from __future__ import annotations

from tinydeploy.graph import ITEM_BYTES, Aim, Arg, Call, Const, Graph, Node, Operand, Param
from tinydeploy.ops import shapes
from tinydeploy.ops.relu import macs, read

__all__ = ["dtypes", "lower", "macs", "read", "refuse", "resolver"]

resolver = "AddDynamicUpdateSlice"
dtypes = ("int8", "int16", "int32", "float32")

_DIMENSIONS = 4


def refuse(graph: Graph, node: Node) -> str:
    """Why the aot engine cannot run this node; empty when it can."""
    values, part, begin = (graph.input(node, i) for i in range(3))
    output = graph.output(node)
    for tensor in (values, part, output):
        if tensor.dtype != output.dtype or tensor.dtype not in dtypes:
            return f"{tensor.name} is {tensor.dtype}"
    if begin.dtype != "int32":
        return f"the place {begin.name} is {begin.dtype}, not int32"
    rank = len(values.shape)
    if rank > _DIMENSIONS or len(part.shape) != rank or begin.size != rank:
        return f"a part of shape {part.shape} in one of shape {values.shape}"
    if any(ours > theirs for ours, theirs in zip(part.shape, values.shape, strict=True)):
        return f"a part of shape {part.shape} in one of shape {values.shape}"
    if all(tensor.data is not None for tensor in (values, part, begin)):
        return "all inputs are constants"
    return shapes.refuse_scales((values, part), output)


def lower(graph: Graph, node: Node, aim: Aim) -> Call:
    """A call of td_update_slice."""
    values, part = graph.input(node, 0), graph.input(node, 1)
    missing = _DIMENSIONS - len(values.shape)
    params: dict[str, Param] = {
        "shape": (1,) * missing + values.shape,
        "size": (1,) * missing + part.shape,
        "bytes": ITEM_BYTES[values.dtype],
        "missing": missing,
    }
    args: list[Arg] = []
    for name, index in zip(("input", "update", "begin"), node.inputs, strict=True):
        data = graph.tensor(index).data
        args.append(Operand(index) if data is None else Const(name, data))
    return Call(
        node=node.index,
        kernel="td_update_slice",
        params=tuple(params.items()),
        args=(*args, Operand(node.outputs[0], output=True)),
        in_place=values.data is None,
        sources=shapes.sources("td_update_slice"),
    )
