"""`tinydeploy analyze`: what is in a model, and whether it fits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tinydeploy.cli.options import (
    BoardOption,
    CalibOption,
    Choices,
    EngineOption,
    JsonOption,
    ModelArgument,
    OptimizeOption,
    SchemeOption,
    VerboseOption,
    job,
    model_path,
)
from tinydeploy.cli.output import print_json, print_rich, working
from tinydeploy.errors import UnsupportedOp

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tinydeploy.deploy import Job
    from tinydeploy.graph import Graph, Node, Tensor
    from tinydeploy.quantize import QuantizedModel


def analyze(
    model: ModelArgument = None,
    board: BoardOption = "",
    engine: EngineOption = "",
    scheme: SchemeOption = "",
    optimize: OptimizeOption = "",
    calib: CalibOption = None,
    tensors: Annotated[bool, typer.Option("--tensors", help="Also every tensor's scales.")] = False,
    profile: Annotated[
        bool, typer.Option("--profile", help="Also run it on the board: what each layer costs.")
    ] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Tell a model's operators, MACs, memory, and whether it fits a board."""
    choices = Choices(model, board, engine, scheme, optimize, calib)
    path = model_path(choices)
    with working(verbose) as say:
        needs_job = board or profile or model is None or path.suffix != ".tflite"
        todo = job(choices) if needs_job else None
        quantized = _load(path, todo, say)
        document = _document(quantized)
        if todo is not None:
            document["fit"] = _fit(quantized, todo)
        if profile and todo is not None:
            document["profile"] = _profile(todo, say)
    if as_json:
        print_json(document)
    else:
        _show(document, tensors)


def _load(path: Path, todo: Job | None, say: Callable[[str], None]) -> QuantizedModel:
    """The model; a .tflite is read as it is, whatever its types, anything else is converted."""
    from tinydeploy.quantize import QuantizedModel
    from tinydeploy.tflite import read
    from tinydeploy.tools import sha256

    if path.suffix != ".tflite" and todo is not None:
        from tinydeploy import deploy

        return deploy.quantize(todo, say)
    data = path.read_bytes()
    graph = read(data, path.stem)
    scheme = graph.tensor(graph.inputs[0]).dtype if graph.inputs else ""
    return QuantizedModel(path.stem, data, sha256(data), scheme, graph, str(path), {})


def _document(model: QuantizedModel) -> dict[str, Any]:
    graph = model.graph
    layers = [_layer(graph, node) for node in graph.nodes]
    return {
        "model": model.name,
        "sha256": model.sha256,
        "tflite_bytes": len(model.tflite),
        "inputs": [_tensor(graph.tensor(index)) for index in graph.inputs],
        "outputs": [_tensor(graph.tensor(index)) for index in graph.outputs],
        "macs": sum(layer["macs"] or 0 for layer in layers),
        "constant_bytes": sum(map(_constant_bytes, graph.tensors)),
        "layers": layers,
        "tensors": [_tensor(tensor) for tensor in graph.tensors],
        "unsupported": [
            {key: layer[key] for key in ("index", "op", "name", "unsupported")}
            for layer in layers
            if layer["unsupported"]
        ],
    }


def _layer(graph: Graph, node: Node) -> dict[str, Any]:
    """One layer; `unsupported` says why the aot engine cannot run it, empty when it can."""
    from tinydeploy.ops import OPS, lowering

    op = OPS.get(node.op)
    return {
        "index": node.index,
        "op": node.op,
        "name": node.name,
        "shape": list(graph.output(node).shape) if node.outputs else [],
        "macs": op.macs(graph, node) if op else None,
        "unsupported": lowering(graph, node).refuse(graph, node)
        if op
        else "tinydeploy does not know this operator",
    }


def _constant_bytes(tensor: Tensor) -> int:
    """Bytes of a constant in the file; two 4-bit numbers share one."""
    if tensor.data is None:
        return 0
    return -(-tensor.data.nbytes // 2) if tensor.dtype == "int4" else tensor.data.nbytes


def _tensor(tensor: Tensor) -> dict[str, Any]:
    return {
        "index": tensor.index,
        "name": tensor.name,
        "shape": list(tensor.shape),
        "dtype": tensor.dtype,
        "constant": tensor.data is not None,
        "scales": list(tensor.scales),
        "zero_points": list(tensor.zero_points),
        "axis": tensor.axis,
    }


def _fit(model: QuantizedModel, todo: Job) -> dict[str, Any]:
    """The plan's figures on one board; they are estimates until the firmware is built."""
    from tinydeploy.engines import ENGINES

    board = todo.board
    document: dict[str, Any] = {
        "board": board.id,
        "engine": todo.engine,
        "flash_available_bytes": board.flash_bytes,
        "ram_available_bytes": board.ram_bytes,
    }
    try:
        plan = ENGINES[todo.engine].plan(model, board, todo.optimize)
    except UnsupportedOp as error:
        return {**document, "fits": False, "why": error.message}
    flash, ram = plan.flash_estimate_bytes, plan.ram_estimate_bytes
    return {
        **document,
        "arena_bytes": plan.arena_bytes,
        "flash_estimate_bytes": flash,
        "ram_estimate_bytes": ram,
        "fits": flash <= board.flash_bytes and ram <= board.ram_bytes,
        "why": "",
    }


def _profile(todo: Job, say: Callable[[str], None]) -> dict[str, Any]:
    """The measured part of the report: what the whole and each layer cost on the board."""
    from tinydeploy import deploy, report

    document = report.to_json(deploy.measure(todo, say))
    return {key: document[key] for key in ("board", "runner", "measure", "layers")}


def _show(document: dict[str, Any], with_tensors: bool) -> None:
    from rich.table import Table

    if "profile" in document:
        from tinydeploy.report import layer_table

        print_rich(layer_table(document["profile"]), "")

    layers = _columns("#", "op", "layer", "output", "MACs")
    for layer in document["layers"]:
        macs = f"{layer['macs']:,}" if layer["macs"] else ""
        layers.add_row(
            str(layer["index"]), layer["op"], layer["name"], _shape(layer["shape"]), macs
        )
    print_rich(layers, "")
    if with_tensors:
        tensors = _columns("#", "tensor", "type", "shape", "scale", "zero point")
        for tensor in document["tensors"]:
            tensors.add_row(*_tensor_row(tensor))
        print_rich(tensors, "")
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column()
    for name, text in _facts(document):
        facts.add_row(name, text)
    print_rich(facts)


def _columns(*names: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        right = name in ("#", "MACs")
        table.add_column(
            name, justify="right" if right else "left", no_wrap=name not in ("layer", "tensor")
        )
    return table


def _tensor_row(tensor: dict[str, Any]) -> list[str]:
    scales, zeros = tensor["scales"], tensor["zero_points"]
    if len(scales) > 1:
        scale = f"{min(scales):.4g} to {max(scales):.4g} (axis {tensor['axis']})"
    else:
        scale = f"{scales[0]:.6g}" if scales else ""
    zero = str(zeros[0]) if zeros else ""
    kind = tensor["dtype"] + (" const" if tensor["constant"] else "")
    name = tensor["name"].split(";")[0]  # a fused layer's tensor has the names of all its parts
    return [str(tensor["index"]), name, kind, _shape(tensor["shape"]), scale, zero]


def _short(reason: str) -> str:
    """A reason without the names of the parts that a fused layer's tensor lists after its own."""
    return re.sub(r";[^ ]*", "", reason)


def _shape(shape: list[int]) -> str:
    return "×".join(map(str, shape)) or "scalar"


def _facts(document: dict[str, Any]) -> list[tuple[str, str]]:
    facts = [
        ("model", f"{document['model']}, {document['tflite_bytes']:,} bytes as .tflite"),
        ("MACs", f"{document['macs']:,}"),
        ("constants", f"{document['constant_bytes']:,} bytes"),
    ]
    for layer in document["unsupported"]:
        where = f"layer {layer['index']} {layer['op']} ({layer['name']})"
        facts.append(("not in aot", f"{where}: {_short(layer['unsupported'])}"))
    fit = document.get("fit")
    if fit is None:
        facts.append(("memory", "add --board ID for the arena and whether it fits"))
        return facts
    where = f"{fit['board']}, engine {fit['engine']}"
    if fit["why"]:
        return [*facts, ("fits", f"does not run on {where}: {fit['why']}")]
    return [
        *facts,
        ("arena", f"{fit['arena_bytes']:,} bytes"),
        ("flash", f"{fit['flash_estimate_bytes']:,} of {fit['flash_available_bytes']:,} bytes"),
        ("RAM", f"{fit['ram_estimate_bytes']:,} of {fit['ram_available_bytes']:,} bytes"),
        ("fits", f"{'yes' if fit['fits'] else 'NO'}: {where} (estimated before building)"),
    ]
