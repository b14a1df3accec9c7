"""`explain`: all that is known of how a model is quantized, as one JSON document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinydeploy import __version__
from tinydeploy.errors import UsageError, did_you_mean
from tinydeploy.explain.example import can_show, example
from tinydeploy.explain.match import Match, match
from tinydeploy.explain.rescale import rescale
from tinydeploy.explain.trace import Model, Seen, trace
from tinydeploy.explain.values import CODES, ends, is_quantized, real, steps
from tinydeploy.graph import Graph, Node, Tensor
from tinydeploy.oracle import open_oracle
from tinydeploy.quantize import QuantizedModel

if TYPE_CHECKING:
    from tinydeploy.explain.values import Doubles
    from tinydeploy.inputs import Samples

SCHEMA = "tinydeploy.explain/1"
BINS = 64
_MARGIN = 1 / 16  # of the grid's width, shown beyond its ends
_SHAPES = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS")


def explain(
    model: QuantizedModel,
    original: QuantizedModel | None,
    samples: Sequence[Samples] = (),
    source: str = "",
) -> dict[str, Any]:
    """Scales, multipliers, histograms, saturation and errors of `model`.

    `original` is the float model, of which errors are told; `samples`, each an array for
    every input, run through both, `source` says where they are from. UsageError when one does not
    fit.
    """
    graph = model.graph
    pairs = match(graph, original.graph) if original is not None else Match({}, ())
    seen, notes = _seen(model, original, pairs, samples)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "tinydeploy": __version__,
        "model": model.name,
        "scheme": model.scheme,
        "sha256": model.sha256,
        "tflite_bytes": len(model.tflite),
        "samples": {"count": len(samples) if seen else 0, "source": source},
        "float_model": None if original is None else original.sha256,
        "unmatched": [{"layer": n.index, "op": n.op, "name": n.name} for n in pairs.unmatched],
        "notes": notes,
        "layers": [_layer(graph, node, seen) for node in graph.nodes],
        "tensors": [
            _tensor(tensor, seen.get(tensor.index), _float_constant(tensor, original, pairs))
            for tensor in graph.tensors
            if _is_shown(graph, tensor, seen)
        ],
        "examples": _examples(graph, seen),
    }
    document["worst"] = worst(document["layers"])
    return document


def worst(layers: Sequence[Mapping[str, Any]]) -> list[int]:
    """The indices of the layers that were compared, the largest error first."""
    compared = [layer for layer in layers if layer["sqnr_db"] is not None]
    return [layer["index"] for layer in sorted(compared, key=lambda one: one["sqnr_db"])]


def worst_sqnr_db(document: Mapping[str, Any]) -> float | None:
    """The least SQNR of any layer; None when no layer was compared or none differs."""
    found = [one["sqnr_db"] for one in document["layers"] if one["sqnr_db"] is not None]
    return min(found) if found else None


def find_layer(layers: Sequence[Mapping[str, Any]], wanted: str) -> Mapping[str, Any]:
    """The layer of this number or (part of a) name; UsageError when there is none or several."""
    if wanted.isdecimal() and int(wanted) < len(layers):
        return layers[int(wanted)]
    found = [one for one in layers if one["name"] == wanted] or [
        one for one in layers if wanted.lower() in one["name"].lower()
    ]
    if len(found) == 1:
        return found[0]
    if found:
        numbers = ", ".join(str(one["index"]) for one in found)
        raise UsageError(f"{wanted!r} is in the names of layers {numbers}", "give the number")
    names = [one["name"] for one in layers]
    raise UsageError(f"no layer {wanted!r} among {len(names)}", did_you_mean(wanted, names))


def _seen(
    model: QuantizedModel,
    original: QuantizedModel | None,
    pairs: Match,
    samples: Sequence[Samples],
) -> tuple[dict[int, Seen], list[str]]:
    if not len(samples):
        return {}, ["no samples, which --calib FILE gives: activations and errors are not known"]
    notes = (
        []
        if original is not None
        else ["no float model, which --float FILE gives: errors are not known"]
    )
    try:
        mine = Model(model.graph, open_oracle(model.tflite))
    except UsageError as error:
        return {}, [f"{error.message}: activations and errors are not known"]
    other = None
    if original is not None:
        try:
            other = Model(original.graph, open_oracle(original.tflite))
        except UsageError as error:
            notes.append(f"the float model: {error.message}: errors are not known")
    return trace(mine, other, pairs.tensors if other else {}, samples), notes


def _layer(graph: Graph, node: Node, seen: Mapping[int, Seen]) -> dict[str, Any]:
    output = graph.output(node) if node.outputs else None
    held = seen.get(output.index) if output is not None else None
    scaling = rescale(graph, node)
    compared = held is not None and held.compared > 0 and node.op not in _SHAPES
    error = held.largest_error if held is not None and compared else None
    quantized = output is not None and is_quantized(output)
    return {
        "index": node.index,
        "op": node.op,
        "name": node.name,
        "inputs": [i for i in node.inputs if i >= 0],
        "outputs": list(node.outputs),
        "sqnr_db": _rounded(held.sqnr_db) if held is not None and compared else None,
        "max_error": error,
        "max_error_steps": None
        if error is None or output is None or not quantized
        else round(error / output.scale, 2),
        "saturated": held.saturated / held.count if held is not None and quantized else None,
        "rescale": None
        if scaling is None
        else {
            "formula": scaling.formula,
            "rounding": scaling.rounding,
            "factors": [
                {
                    "name": factor.name,
                    "real": factor.real,
                    "multiplier": factor.multiplier,
                    "shift": factor.shift,
                    "represented": factor.represented,
                }
                for factor in scaling.factors
            ],
        },
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _is_shown(graph: Graph, tensor: Tensor, seen: Mapping[int, Seen]) -> bool:
    """Activations that were seen, and what is quantized; not shapes, axes and biases."""
    if tensor.index in seen or is_quantized(tensor):
        return True
    return tensor.data is not None and tensor.dtype == "float16"


def _float_constant(
    tensor: Tensor, original: QuantizedModel | None, pairs: Match
) -> Doubles | None:
    """The float weights that a constant was made of."""
    if original is None or tensor.data is None or tensor.index not in pairs.tensors:
        return None
    other = original.graph.tensor(pairs.tensors[tensor.index])
    return None if other.data is None else np.asarray(other.data, np.float64)


def _tensor(tensor: Tensor, held: Seen | None, weights: Doubles | None) -> dict[str, Any]:
    one_scale = is_quantized(tensor) and len(tensor.scales) == 1
    low, high = ends(tensor) if one_scale else (None, None)
    found: dict[str, Any] = {
        "index": tensor.index,
        "name": tensor.name,
        "shape": list(tensor.shape),
        "dtype": tensor.dtype,
        "constant": tensor.data is not None,
        "scales": list(tensor.scales),
        "zero_points": list(tensor.zero_points),
        "axis": tensor.axis if len(tensor.scales) > 1 else None,
        "range": None if low is None else [low, high],
        "observed": None,
        "saturated": None,
        "sqnr_db": None,
        "max_error": None,
        "histogram": None,
    }
    if tensor.data is not None:
        return {**found, **_constant(tensor, weights)}
    if held is None:
        return found
    quantized = is_quantized(tensor)
    values = np.concatenate(held.kept_float or held.kept)
    return {
        **found,
        "observed": [held.low, held.high],
        "saturated": held.saturated / held.count if quantized else None,
        "sqnr_db": _rounded(held.sqnr_db),
        "max_error": held.largest_error if held.compared else None,
        "histogram": _histogram(values, low, high, "float" if held.kept_float else "quantized"),
    }


def _constant(tensor: Tensor, weights: Doubles | None) -> dict[str, Any]:
    """A filter's figures; with a scale for each channel its histogram counts in grid steps."""
    assert tensor.data is not None
    values = real(tensor, tensor.data)
    of = "quantized" if weights is None else "float"
    drawn = values if weights is None else weights
    found: dict[str, Any] = {"observed": [float(values.min()), float(values.max())]}
    if is_quantized(tensor):
        low, high = CODES[tensor.dtype]
        found["histogram"] = _histogram(steps(tensor, drawn), low, high, of) | {"unit": "steps"}
        inner = [end for end in (low, high) if end != tensor.zero_points[0]]
        found["saturated"] = float(np.mean(np.isin(tensor.data, inner)))
    else:
        found["histogram"] = _histogram(drawn, None, None, of)
    if weights is not None and weights.shape == values.shape:
        noise, signal = float(np.sum((weights - values) ** 2)), float(np.sum(weights**2))
        found["max_error"] = float(np.abs(weights - values).max())
        if noise and signal:
            found["sqnr_db"] = _rounded(float(10 * np.log10(signal / noise)))
    return found


def _histogram(values: Doubles, low: float | None, high: float | None, of: str) -> dict[str, Any]:
    """`counts` of BINS equal bins from `low` to `high`, what is beyond them in the first and last.

    `of` says whose values: the `float` model's, or the `quantized` one's own.
    """
    if low is None or high is None:
        low, high = float(values.min()), float(values.max())
        margin = 0.0 if high > low else 0.5
    else:
        margin = (high - low) * _MARGIN
    edges = (low - margin, high + margin)
    counts, _ = np.histogram(np.clip(values, *edges), bins=BINS, range=edges)
    return {
        "of": of,
        "unit": "real",
        "low": edges[0],
        "high": edges[1],
        "counts": counts.tolist(),
        "outside": int(np.count_nonzero((values < low) | (values > high))),
    }


def _examples(graph: Graph, seen: Mapping[int, Seen]) -> list[dict[str, Any]]:
    if not seen:
        return []
    found = [example(graph, node, seen) for node in graph.nodes if can_show(graph, node)]
    return [one for one in found if one is not None]
