"""What `explain` found, for people, as rich's tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tinydeploy.explain.document import worst_sqnr_db

if TYPE_CHECKING:
    from rich.console import RenderableType

_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 16


def show(document: Mapping[str, Any], layer: Mapping[str, Any] | None = None) -> list[Any]:
    """The whole model, the largest errors first; or one `layer` with all its channels."""
    if layer is not None:
        return _one_layer(document, layer)
    parts: list[RenderableType] = [_facts(document), "", _layers(document), ""]
    if any(one["rescale"] for one in document["layers"]):
        parts += [_factors(document["layers"]), ""]
    parts += [_tensors(document["tensors"]), ""]
    if document["examples"]:
        parts += example(document["examples"][0])
        parts += ["", "--layer N shows one layer with all its channels; -o page.html draws it all"]
    return parts


def sparkline(counts: Sequence[int], width: int = _WIDTH) -> str:
    """A histogram in `width` letters; what is not empty is at least the lowest of them."""
    each = -(-len(counts) // width)
    sums = [sum(counts[start : start + each]) for start in range(0, len(counts), each)]
    most = max(sums) or 1
    return "".join(_BARS[round(s / most * (len(_BARS) - 1))] if s else " " for s in sums)


def factor_text(factor: Mapping[str, Any]) -> str:
    """`M = multiplier · 2^(shift - 31)`."""
    return f"{factor['multiplier']:,} · 2^({factor['shift']} - 31)"


def _facts(document: Mapping[str, Any]) -> Any:
    from rich.table import Table

    shown = Table.grid(padding=(0, 2))
    shown.add_column(style="bold", no_wrap=True)
    shown.add_column()
    scheme, size = document["scheme"], document["tflite_bytes"]
    shown.add_row("model", f"{document['model']}, {scheme}, {size:,} bytes as .tflite")
    if document["samples"]["count"]:
        shown.add_row(
            "samples", f"{document['samples']['count']} of {document['samples']['source']}"
        )
    least = worst_sqnr_db(document)
    if least is not None:
        layer = document["layers"][document["worst"][0]]
        shown.add_row(
            "worst layer",
            f"{layer['index']} {layer['op']} ({layer['name']}): {least} dB, so the error is "
            f"1/{10 ** (least / 20):.0f} of the signal",
        )
    for note in document["notes"]:
        shown.add_row("note", note)
    for node in document["unmatched"]:
        shown.add_row("not compared", f"layer {node['layer']} {node['op']}: no float layer is like")
    shown.add_row("real number", "(code - zero point) · scale; a step is one scale")
    return shown


def _table(*names: str, left: Sequence[str] = ("op", "layer", "tensor")) -> Any:
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        folds = name in ("layer", "tensor")
        shown.add_column(
            name,
            justify="left" if name in left else "right",
            no_wrap=not folds,
            overflow="fold" if folds else "ellipsis",
            max_width=34 if folds else None,
        )
    return shown


def _layers(document: Mapping[str, Any]) -> Any:
    tensors = {one["index"]: one for one in document["tensors"]}
    names = ("#", "op", "layer", "type", "scale", "zero point", "range", "saturated")
    shown = _table(*names, "SQNR dB", "max error", "steps", "histogram", left=(*names[1:4],))
    order = document["worst"]
    rest = [one["index"] for one in document["layers"] if one["index"] not in order]
    for index in (*order, *rest):
        layer = document["layers"][index]
        output = tensors.get(layer["outputs"][0]) if layer["outputs"] else None
        shown.add_row(
            str(index),
            layer["op"],
            layer["name"],
            *(_grid(output) if output else ("", "", "", "")),
            "" if layer["saturated"] is None else f"{layer['saturated']:.2%}",
            "" if layer["sqnr_db"] is None else f"{layer['sqnr_db']:.1f}",
            "" if layer["max_error"] is None else f"{layer['max_error']:.3g}",
            "" if layer["max_error_steps"] is None else f"{layer['max_error_steps']:.1f}",
            sparkline(output["histogram"]["counts"]) if output and output["histogram"] else "",
        )
    return shown


def _grid(tensor: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """Type, scale, zero point and range of a tensor."""
    scales, zeros = tensor["scales"], tensor["zero_points"]
    scale = f"{scales[0]:.4g}" if scales else ""
    if len(scales) > 1:
        scale = f"{min(scales):.3g} to {max(scales):.3g}"
    low_high = tensor["range"] or tensor["observed"]
    span = f"{low_high[0]:.3g} to {low_high[1]:.3g}" if low_high else ""
    return tensor["dtype"], scale, str(zeros[0]) if zeros else "", span


def _factors(layers: Sequence[Mapping[str, Any]], every: bool = False) -> Any:
    shown = _table("#", "op", "of", "M", "multiplier · 2^(shift - 31)", "error", left=("op", "of"))
    for layer in layers:
        factors = layer["rescale"]["factors"] if layer["rescale"] else []
        if len(factors) > 3 and not every:
            factors = sorted(factors, key=lambda one: one["real"])
            factors = [factors[0], factors[-1]]
            factors = [
                {**factors[0], "name": f"smallest, {factors[0]['name']}"},
                {**factors[1], "name": f"largest, {factors[1]['name']}"},
            ]
        for number, factor in enumerate(factors):
            error = factor["represented"] / factor["real"] - 1 if factor["real"] else 0.0
            head = (str(layer["index"]), layer["op"]) if number == 0 else ("", "")
            row = (*head, factor["name"], f"{factor['real']:.6g}", factor_text(factor))
            shown.add_row(*row, f"{error:+.1e}")
    return shown


def _tensors(tensors: Sequence[Mapping[str, Any]]) -> Any:
    names = ("#", "tensor", "type", "shape", "scale", "zero point", "range")
    shown = _table(*names, "seen", "SQNR dB", "histogram", left=("tensor", "type"))
    for tensor in tensors:
        dtype, scale, zero, span = _grid(tensor)
        seen = tensor["observed"]
        shown.add_row(
            str(tensor["index"]),
            tensor["name"].split(";")[0],
            dtype,
            "×".join(map(str, tensor["shape"])) or "scalar",
            scale,
            zero,
            span,
            f"{seen[0]:.3g} to {seen[1]:.3g}" if seen else "",
            "" if tensor["sqnr_db"] is None else f"{tensor['sqnr_db']:.1f}",
            sparkline(tensor["histogram"]["counts"]) if tensor["histogram"] else "",
        )
    return shown


def _one_layer(document: Mapping[str, Any], layer: Mapping[str, Any]) -> list[Any]:
    parts: list[Any] = [f"layer {layer['index']} {layer['op']} ({layer['name']})", ""]
    used = {*layer["inputs"], *layer["outputs"]}
    parts += [_tensors([one for one in document["tensors"] if one["index"] in used]), ""]
    if layer["sqnr_db"] is not None:
        steps = layer["max_error_steps"]
        within = "" if steps is None else f", {steps} steps"
        told = f"SQNR {layer['sqnr_db']} dB, largest error {layer['max_error']:.4g}{within}"
        parts.append(told + ("" if layer["saturated"] is None else _saturated(layer)))
    if layer["rescale"]:
        parts += [layer["rescale"]["formula"], f"rounded {layer['rescale']['rounding']}", ""]
        parts += [_factors([layer], every=True), ""]
    for one in document["examples"]:
        if one["layer"] == layer["index"]:
            parts += example(one)
    return parts


def _saturated(layer: Mapping[str, Any]) -> str:
    return f", {layer['saturated']:.2%} of the values at an end of the range"


def example(one: Mapping[str, Any]) -> list[Any]:
    """One output by hand: a title and a grid of steps."""
    from rich.table import Table

    shown = Table.grid(padding=(0, 2))
    shown.add_column(style="bold", no_wrap=True)
    shown.add_column()
    for name, text in example_steps(one):
        shown.add_row(name, text)
    where = ", ".join(map(str, one["position"]))
    return [f"one output by hand: layer {one['layer']} {one['op']}, [{where}]", shown]


def example_steps(one: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each step of the worked example: its name and what is computed."""
    term, source = one["terms"][0], one["input"]
    weight, output = one["weight"], one["output"]
    unit = source["scale"] * weight["scale"]
    zero, code = source["zero_point"], term["input_code"]
    return [
        (
            "in float",
            f"{term['input']:.6g} × {term['weight']:.6g} = {term['real_product']:.6g}",
        ),
        (
            "in integers",
            f"({code} - {_signed(zero)}) × {_signed(term['weight_code'])} = {term['product']:,}; "
            f"times s_in · s_w = {unit:.6g} that is {term['product'] * unit:.6g}",
        ),
        (
            "the sum",
            f"{one['term_count']} such products, {one['products']:,}, and the bias, "
            f"{one['bias']:,}: {one['sum']:,}, which stands for {one['real_sum']:.6g}",
        ),
        (
            "the multiplier",
            f"M = s_in · s_w / s_out = {one['real_multiplier']:.6g} ≈ {factor_text(one)}",
        ),
        (
            "rescaled",
            f"{one['sum']:,} × M = {one['exact_rescaled']:.4f}, in integers {one['rescaled']:,}; "
            f"rounded {one['rounding']}",
        ),
        (
            "the output",
            f"{one['rescaled']:,} + zero point {_signed(output['zero_point'])}, clamped to "
            f"{output['dtype']} and the activation: code {one['code']}, which stands for "
            f"{one['real']:.6g}"
            + (f"; the oracle: {one['found']}" if one["found"] != one["code"] else ""),
        ),
    ]


def _signed(value: int) -> str:
    return f"({value})" if value < 0 else str(value)
