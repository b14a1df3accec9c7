"""`render`: explain's page, one HTML file that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tinydeploy.explain import charts
from tinydeploy.explain.document import worst_sqnr_db
from tinydeploy.explain.text import example_steps, factor_text
from tinydeploy.tools import data_dir

MOST_DRAWN = 24
"""Layers whose histograms are drawn, the worst first; tables have them all."""


def render(document: Mapping[str, Any]) -> str:
    """The page of what `explain` found."""
    return (
        environment()
        .get_template("explain/explain.html.j2")
        .render(
            document=document,
            style=style(),
            parts=parts(document),
            title=f"{document['model']} in {document['scheme']}",
        )
    )


def environment() -> Environment:
    """Where the pages' templates are found."""
    made = Environment(
        loader=FileSystemLoader(data_dir("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["short"] = lambda name: name.split(";")[0]
    made.filters["figure"] = lambda value: "" if value is None else f"{value:.4g}"
    made.filters["factor"] = factor_text
    return made


def style() -> str:
    """The pages' CSS: the bench's, and what is only here."""
    folder = data_dir("templates")
    files = (folder / "bench" / "results.css", folder / "explain" / "explain.css")
    return "".join(path.read_text(encoding="utf-8") for path in files)


def parts(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the templates show of a model: charts, tables, the worked example."""
    tensors = {one["index"]: one for one in document["tensors"]}
    order = document["worst"]
    layers = document["layers"]
    rest = [one["index"] for one in layers if one["index"] not in order]
    found = document["examples"]
    return {
        "worst_db": worst_sqnr_db(document),
        "worst_layer": layers[order[0]] if order else None,
        "errors": charts.errors(document) if order else "",
        "rows": [_row(layers[index], tensors) for index in (*order, *rest)],
        "factors": [one for one in layers if one["rescale"]],
        "drawn": _drawn(document, tensors),
        "example": found[0] if found else None,
        "steps": example_steps(found[0]) if found else [],
    }


def _row(layer: Mapping[str, Any], tensors: Mapping[int, Any]) -> dict[str, Any]:
    output = tensors.get(layer["outputs"][0]) if layer["outputs"] else None
    return {**layer, "output": output}


def _drawn(document: Mapping[str, Any], tensors: Mapping[int, Any]) -> list[dict[str, Any]]:
    """Each layer's weights and output as charts, in the order that the layers run."""
    layers = document["layers"]
    order = [*document["worst"], *(one["index"] for one in layers)]
    wanted = list(dict.fromkeys(i for i in order if _weights(layers[i], tensors)))[:MOST_DRAWN]
    found = []
    for index in sorted(wanted):
        layer = layers[index]
        weights, output = _weights(layer, tensors), tensors.get(layer["outputs"][0])
        drawn = [("weights", weights, charts.histogram(weights, True))]
        if output is not None and output["histogram"] and not output["constant"]:
            drawn.append(("output", output, charts.histogram(output, False)))
        found.append({"layer": layer, "charts": drawn})
    return found


def _weights(layer: Mapping[str, Any], tensors: Mapping[int, Any]) -> Any:
    """The layer's filter, if it has one that is drawn."""
    for index in layer["inputs"][1:2]:
        tensor = tensors.get(index)
        if tensor is not None and tensor["constant"] and tensor["histogram"]:
            return tensor
    return None
