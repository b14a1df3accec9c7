"""`Report`: all that was found out about a deployment.

Estimated, emulated and measured figures never share a field.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tinydeploy import __version__
from tinydeploy.accuracy import output_accuracy
from tinydeploy.board import Board
from tinydeploy.build import Firmware
from tinydeploy.inputs import outputs_of
from tinydeploy.linked import Operator
from tinydeploy.oracle import Oracle
from tinydeploy.plan import Plan
from tinydeploy.quantize import QuantizedModel
from tinydeploy.samples import Chosen
from tinydeploy.session import Measurement, instructions
from tinydeploy.verify import TOLERANCE_ULPS, Verification

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

SCHEMA = "tinydeploy.report/1"
_CLOCK_TOLERANCE = 0.02
_KINDS = {"flash": "flash", "ram": "RAM", "psram": "PSRAM"}


@dataclass(frozen=True)
class Accuracy:
    """Share of right answers, 0 to 1, over `samples` labelled samples; None: not known. `output` is
    the output that was judged, of several."""

    float_model: float | None
    int8: float | None
    device: float | None
    samples: int
    output: str = ""


@dataclass(frozen=True)
class Report:
    """One deployment, with its provenance. `verification` and `measurement` are None where the verb
    ended before them."""

    model: QuantizedModel
    board: Board
    plan: Plan
    firmware: Firmware
    runner: str
    kind: str
    optimize: str
    measurement: Measurement
    warmup: int
    verification: Verification | None
    accuracy: Accuracy | None
    operators: tuple[Operator, ...] = ()
    arena_used: int = 0


def accuracy(
    model: QuantizedModel, oracle: Oracle, chosen: Chosen, verification: Verification
) -> Accuracy | None:
    """Share of right answers of the float model, the oracle and the board; None without labels."""
    if chosen.labels is None:
        return None
    output = model.graph.tensor(model.graph.outputs[chosen.output])
    expected = [oracle.run(sample)[chosen.output] for sample in chosen.inputs]
    found = [outputs[chosen.output] for outputs in verification.outputs]
    names = outputs_of(model.graph)
    return Accuracy(
        float_model=model.float_accuracy,
        int8=output_accuracy(expected, output, chosen.labels),
        device=output_accuracy(found, output, chosen.labels),
        samples=len(chosen.inputs),
        output=names[chosen.output] if len(names) > 1 else "",
    )


def to_json(report: Report) -> dict[str, Any]:
    """The report as `report.json` holds it; documented in docs/report.md and its JSON schema."""
    plan, firmware = report.plan, report.firmware
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "tinydeploy": __version__,
        "model": {
            "name": report.model.name,
            "source": report.model.source,
            "sha256": report.model.sha256,
            "tflite_bytes": len(report.model.tflite),
            "scheme": report.model.scheme,
            "macs": sum(layer.macs for layer in plan.layers),
            "ops": dict(sorted(Counter(node.op for node in report.model.graph.nodes).items())),
            "calibration": dict(report.model.calibration),
            "remarks": list(report.model.remarks),
        },
        "board": {
            "id": report.board.id,
            "name": report.board.name,
            "cpu": report.board.cpu,
            "clock_hz": report.board.clock_hz,
        },
        "engine": plan.engine,
        "optimize": report.optimize,
        "runner": {"name": report.runner, "kind": report.kind},
        "firmware": {
            "build_id": firmware.build_id,
            "flash_bytes": firmware.flash_bytes,
            "ram_bytes": firmware.ram_bytes,
            "model_bytes": firmware.model_bytes,
            "code_bytes": firmware.code_bytes,
            "memory": {
                kind: {
                    "used_bytes": memory.used_bytes,
                    "available_bytes": memory.available_bytes,
                    "owners": dict(memory.owners),
                }
                for kind, memory in firmware.memory.items()
            },
            "arena_bytes": plan.arena_bytes,
            **({"arena_used_bytes": report.arena_used} if report.arena_used else {}),
            "stack_bytes": report.measurement.stack_bytes,
            "kernels": list(firmware.kernels),
            "operators": [
                {"op": o.op, "symbols": list(o.symbols), "optimized": o.optimized}
                for o in report.operators
            ],
            "toolchain": dict(firmware.toolchain),
            "flags": list(firmware.flags),
        },
        "measure": _measure(report),
        "layers": _layers(report),
    }
    if any(filter_.coding for filter_ in plan.filters):
        document["filters"] = [asdict(filter_) for filter_ in plan.filters]
    if report.kind == "device":
        document["clock"] = _clock(report)
    if report.verification is not None:
        document["verify"] = _verify(report.verification)
    if report.accuracy is not None:
        document["accuracy"] = {
            "float": report.accuracy.float_model,
            "int8": report.accuracy.int8,
            "device": report.accuracy.device,
            "samples": report.accuracy.samples,
            **({"output": report.accuracy.output} if report.accuracy.output else {}),
        }
    return document


def _verify(verification: Verification) -> dict[str, Any]:
    divergence = verification.first_divergence
    return {
        "oracle": verification.oracle,
        "samples": verification.samples,
        "source": verification.source,
        "whole_samples": verification.whole_samples,
        "layers": list(verification.layers),
        "bit_exact": verification.bit_exact,
        "within_tolerance": verification.within_tolerance,
        "tolerance_ulps": TOLERANCE_ULPS,
        "max_error_ulps": (
            verification.max_error_ulps if math.isfinite(verification.max_error_ulps) else None
        ),
        "first_divergence": None if divergence is None else asdict(divergence),
    }


def unit(report: Report) -> str:
    """What the figures count: `instructions` when emulated, else `us` (microseconds)."""
    return "instructions" if report.kind == "emulated" else "us"


def _figures(report: Report, ticks: Sequence[int]) -> list[int] | list[float]:
    if report.kind == "emulated":
        return [instructions(t, report.measurement.tick_hz, report.board) for t in ticks]
    return [round(t * 1e6 / report.measurement.tick_hz, 3) for t in ticks]


def _measure(report: Report) -> dict[str, Any]:
    laps = sorted(_figures(report, report.measurement.ticks))
    return {
        "unit": unit(report),
        "runs": len(laps),
        "warmup": report.warmup,
        "min": laps[0],
        "median": laps[(len(laps) - 1) // 2],
        "p95": laps[-(-95 * len(laps) // 100) - 1],
        "max": laps[-1],
    }


def _clock(report: Report) -> dict[str, Any]:
    """What the times rest on: the board's timer, and the CPU's clock as the board measured it."""
    measured = report.measurement
    return {
        "tick_hz": measured.tick_hz,
        "resolution_us": round(measured.tick_step * 1e6 / measured.tick_hz, 4),
        "expected_hz": report.board.clock_hz,
        "measured_hz": measured.cpu_hz or None,
        "restarts": measured.restarts,
    }


def _layers(report: Report) -> list[dict[str, Any]]:
    figures = _figures(report, report.measurement.layer_ticks)
    return [
        {
            "index": layer.index,
            "op": layer.op,
            "name": layer.name,
            "macs": layer.macs,
            unit(report): figure,
        }
        for layer, figure in zip(report.plan.layers, figures, strict=True)
    ]


def table(document: Mapping[str, Any]) -> Group:
    """The report for people, made from what `to_json` gives."""
    from rich.console import Group
    from rich.table import Table

    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column()
    for name, text in _facts(document):
        facts.add_row(name, text)
    return Group(facts, "", layer_table(document))


def _facts(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    model, board, firmware = document["model"], document["board"], document["firmware"]
    measure = document["measure"]
    rows = [
        (
            "model",
            f"{model['name']}, {model['scheme']}, {model['tflite_bytes']:,} bytes as .tflite, "
            f"{model['macs']:,} MACs",
        ),
        ("board", f"{board['id']} ({board['cpu']}), {document['runner']['kind']}"),
        ("engine", f"{document['engine']}, optimize {document['optimize']}"),
        *((_KINDS[kind], _memory(firmware, kind)) for kind in firmware["memory"]),
        *([("arena", need)] if (need := _need(firmware)) else []),
        ("stack", f"{firmware['stack_bytes']:,} bytes used at most"),
        *([("kernels", _proof(firmware["operators"]))] if firmware.get("operators") else []),
    ]
    if "filters" in document:
        rows.append(("filters", _filters(document["filters"])))
    if "verify" in document:
        rows.append(("verified", _verdict(document["verify"])))
    rows.append(("inference", _latency(measure)))
    if "clock" in document:
        rows.append(("clock", _clock_text(document["clock"])))
    if "accuracy" in document:
        rows.append(("accuracy", _accuracy(document["accuracy"], document["model"]["scheme"])))
    return rows


def _memory(firmware: Mapping[str, Any], kind: str) -> str:
    """What is used of one kind of memory, and by whom, the largest first."""
    memory = firmware["memory"][kind]
    used, available = memory["used_bytes"], memory["available_bytes"]
    owners = sorted(memory["owners"].items(), key=lambda pair: -pair[1])
    users = ", ".join(f"{who} {taken:,}" for who, taken in owners)
    share = f" of {available:,} ({used / available:.1%})" if available else ""
    return f"{used:,} bytes{share}{': ' if users else ''}{users}"


def _need(firmware: Mapping[str, Any]) -> str:
    """What the engine took of the arena on the board, where it can be less than there is."""
    have = firmware["arena_bytes"]
    used = firmware.get("arena_used_bytes", have)
    if used == have:
        return ""
    return f"{have:,} bytes, needed {used:,}: a margin of {have - used:,} ({have / used - 1:.1%})"


def _proof(operators: Sequence[Mapping[str, Any]]) -> str:
    """Which operators have optimized kernels in the ELF and which the reference's."""
    fast = [o["op"] for o in operators if o["optimized"]]
    plain = [o["op"] for o in operators if o["optimized"] is False]
    words = ([f"optimized for {', '.join(fast)}"] if fast else []) + (
        [f"REFERENCE for {', '.join(plain)}"] if plain else []
    )
    return "; ".join(words) or "no operator that has optimized ones"


def _filters(filters: Sequence[Mapping[str, Any]]) -> str:
    """What the filters take in flash, their codes' tables included, against plain int8."""
    coded, plain = (sum(f[key] for f in filters) for key in ("flash_bytes", "int8_bytes"))
    each = [
        f"layer {f['node']} {f['flash_bytes']:,} of {f['int8_bytes']:,} ({f['coding']})"
        for f in filters
        if f["coding"]
    ]
    room = max(f["decoded_bytes"] for f in filters)
    ram = f"; decoded into {room:,} bytes of scratch memory at most" if room else ""
    return f"{coded:,} bytes of {plain:,} in int8, {coded / plain:.1%}: {', '.join(each)}{ram}"


def _verdict(verify: Mapping[str, Any]) -> str:
    random = f" ({verify['source']})" if verify.get("source", "").startswith("random") else ""
    if verify["bit_exact"]:
        return f"bit-exact with {verify['oracle']} on {verify['samples']} samples{random}"
    if verify["within_tolerance"]:
        return (
            f"within {verify['max_error_ulps']:.3g} ulps of {verify['oracle']} on "
            f"{verify['samples']} samples{random} ({verify['tolerance_ulps']} are allowed)"
        )
    where = verify["first_divergence"]
    return (
        f"DIFFERS from {verify['oracle']}: sample {where['sample']}, layer {where['layer']} "
        f"({where['layer_name']}), {where['count']} values, by at most {where['max_difference']}"
    )


def _latency(measure: Mapping[str, Any]) -> str:
    if measure["unit"] == "instructions":
        same = measure["min"] == measure["max"]
        spread = "the same every run" if same else f"{measure['min']:,} to {measure['max']:,}"
        return f"{measure['median']:,} instructions ({spread}, {measure['runs']} runs; not a time)"
    return (
        f"{measure['median']:,} µs median, {measure['min']:,} min, {measure['p95']:,} p95, "
        f"{measure['max']:,} max ({measure['runs']} runs after {measure['warmup']} warm-up)"
    )


def _clock_text(clock: Mapping[str, Any]) -> str:
    expected, measured = clock["expected_hz"], clock["measured_hz"]
    text = f"timer {clock['tick_hz']:,} Hz, tells {clock['resolution_us']:g} µs apart"
    if measured is None:
        return f"{text}; the CPU's clock cannot be read back"
    wrong = abs(measured - expected) > expected * _CLOCK_TOLERANCE
    warning = f", NOT the {expected / 1e6:g} MHz of the board's TOML" if wrong else ""
    return f"{text}; CPU measured at {measured / 1e6:.1f} MHz{warning}"


def _accuracy(accuracy: Mapping[str, Any], scheme: str) -> str:
    shown = [
        f"{name} {accuracy[key]:.2%}"
        for key, name in (("float", "float"), ("int8", scheme), ("device", "on the device"))
        if accuracy[key] is not None
    ]
    of = f", output {accuracy['output']}" if "output" in accuracy else ""
    return f"{', '.join(shown)} ({accuracy['samples']} labelled samples{of})"


def layer_table(document: Mapping[str, Any]) -> Table:
    """What each layer costs: made from `measure` and `layers` of a report's document."""
    from rich.table import Table

    kind = document["measure"]["unit"]
    total = sum(layer[kind] for layer in document["layers"]) or 1
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("#", justify="right")
    shown.add_column("op", no_wrap=True)
    shown.add_column("layer", overflow="fold", max_width=36)
    for name in ("MACs", "µs" if kind == "us" else kind, "per MAC", "share"):
        shown.add_column(name, justify="right", no_wrap=True)
    for layer in document["layers"]:
        per_mac = f"{layer[kind] / layer['macs']:.3g}" if layer["macs"] else ""
        shown.add_row(
            str(layer["index"]),
            layer["op"],
            layer["name"],
            f"{layer['macs']:,}" if layer["macs"] else "",
            f"{layer[kind]:,}",
            per_mac,
            f"{layer[kind] / total:.1%}",
        )
    return shown
