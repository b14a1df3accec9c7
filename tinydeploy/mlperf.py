"""MLPerf Tiny: a firmware that tells a benchmark's name and takes inputs as that one has them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tinydeploy.errors import UnsupportedOp, UsageError, did_you_mean
from tinydeploy.graph import Graph
from tinydeploy.plan import Plan


@dataclass(frozen=True)
class Benchmark:
    """One of the suite. `model` is what `profile` must tell, `encoding` a file of
    firmware/encodings/, `items` how many values an input has."""

    model: str
    encoding: str
    items: int


# Encodings: th_load_tensor of the reference submissions; sizes: the suite's data sets.
BENCHMARKS = {
    "ad": Benchmark("ad01", "float32", 640),
    "ic": Benchmark("ic01", "uint8", 32 * 32 * 3),
    "kws": Benchmark("kws01", "raw", 49 * 10),
    "vww": Benchmark("vww01", "uint8", 96 * 96 * 3),
}
_PIXEL_ZERO_POINT = -128


def known_benchmark(name: str) -> str:
    """`name` when it is a benchmark or empty; UsageError otherwise."""
    if name and name not in BENCHMARKS:
        raise UsageError(f"unknown --mlperf {name!r}", did_you_mean(name, BENCHMARKS))
    return name


def apply(plan: Plan, graph: Graph, name: str) -> Plan:
    """The plan whose firmware also is the device under test of benchmark `name`.

    UnsupportedOp when the model of `graph` cannot be fed as that benchmark feeds it.
    """
    benchmark = BENCHMARKS[name]
    reasons = _reasons(graph, benchmark)
    if reasons:
        raise UnsupportedOp(
            f"{graph.name} is no model for --mlperf {name}: {'; '.join(reasons)}",
            "leave --mlperf out, or deploy a model of that benchmark",
        )
    defines = {"TD_MLPERF_MODEL": benchmark.model}
    if benchmark.encoding == "float32":
        defines["TD_MLPERF_ITEMS"] = f"{benchmark.items}u"
    return replace(
        plan,
        sources=(*plan.sources, f"encodings/td_encoding_{benchmark.encoding}.c"),
        defines={**plan.defines, **defines},
    )


def _reasons(graph: Graph, benchmark: Benchmark) -> list[str]:
    if len(graph.inputs) != 1:
        return [f"it has {len(graph.inputs)} inputs"]
    source = graph.tensor(graph.inputs[0])
    result = graph.tensor(graph.outputs[0])
    reasons = []
    if source.dtype != "int8":
        reasons.append(f"its input is {source.dtype}, not int8")
    if source.bytes != benchmark.items:
        reasons.append(f"its input has {source.bytes} values, not {benchmark.items}")
    if benchmark.encoding == "uint8" and source.zero_points != (_PIXEL_ZERO_POINT,):
        reasons.append(f"its input has zero point {source.zero_points}, not {_PIXEL_ZERO_POINT}")
    if benchmark.encoding == "float32" and result.bytes != benchmark.items:
        reasons.append(f"its output has {result.bytes} values, not {benchmark.items}")
    return reasons
