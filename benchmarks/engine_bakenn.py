"""`bakenn` from PyPI: its portable C and its CMSIS-NN calls, generated from the installed wheel."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.harness import Engine, run
from benchmarks.importable import importable
from benchmarks.models import Model
from benchmarks.result import Failure, Result
from benchmarks.samples import samples


@dataclass(frozen=True)
class Variant:
    """Whether bakenn may choose its specialized kernels, and CMSIS-NN's."""

    specialized: bool
    cmsis_nn: bool


VARIANTS = {
    "bakenn-portable": Variant(specialized=False, cmsis_nn=False),
    "bakenn-specialized": Variant(specialized=True, cmsis_nn=False),
    "bakenn-cmsis": Variant(specialized=True, cmsis_nn=True),
}
FLAGS = ("-O3",)
_NAME = "net"


def available(engine: str) -> bool:
    """Whether the wheel is installed (scripts/bench does it)."""
    return find_spec("bakenn") is not None


def about(engine: str) -> str:
    """The wheel's version, its options and the compiler's flags."""
    variant = VARIANTS[engine]
    kernels = "KernelPolicy.STATIC_PRIORITY" if variant.specialized else "KernelPolicy.PORTABLE"
    options = f"{kernels}{', its CMSIS-NN' if variant.cmsis_nn else ''}"
    return f"bakenn {version('bakenn')}, {options}, target cortex-m4, {' '.join(FLAGS)}"


def measure(model: Model, engine: str, folder: Path) -> Result | Failure:
    """Generate, compile and run one of `VARIANTS`; a Failure when bakenn refuses the model."""
    from bakenn import CompileError

    variant = VARIANTS[engine]
    tflite, last, changes = importable(model)
    try:
        made = _generate(tflite, variant, folder / "generated")
    except CompileError as error:
        return Failure(model.name, engine, str(error))
    manifest = json.loads(made.manifest.read_text(encoding="utf-8"))
    glue = folder / "glue.c"
    glue.write_text(_glue(made.header.name, manifest["model"]), encoding="utf-8")
    includes = (made.output_dir, *made.support_include_dirs)
    code = (glue, made.model_source, made.kernels_source, *made.support_sources)
    given = samples(model.tflite, model.graph, last)
    sources = Engine(code, (made.weights_source,), includes, FLAGS)
    done = run(sources, given, folder)
    buffers = len(given.inputs[0]) + len(given.outputs[0])
    return Result(
        model=model.name,
        engine=engine,
        macs=model.macs,
        instructions=done.median,
        code_bytes=done.code_bytes,
        model_bytes=done.model_bytes,
        arena_bytes=int(manifest["arena_bytes"]) + buffers,
        stack_bytes=done.stack_bytes,
        samples=len(given.outputs),
        mismatches=sum(a != b for a, b in zip(done.outputs, given.outputs, strict=True)),
        remark="; ".join((*changes, *_uncovered(manifest, variant))),
    )


def _uncovered(manifest: Any, variant: Variant) -> tuple[str, ...]:
    """How many layers neither CMSIS-NN nor a kernel for Cortex-M4 took."""
    chosen = [
        name
        for name in (selection["implementation"] for selection in manifest["backend"]["selections"])
        if ".reshape" not in name
    ]
    portable = sum(name.startswith("portable.") for name in chosen)
    if not variant.cmsis_nn or not portable:
        return ()
    return (f"{portable} of {len(chosen)} layers fall back to portable C",)


def _generate(tflite: bytes, variant: Variant, folder: Path) -> Any:
    from bakenn import CBackendOptions, KernelPolicy, compile_tflite

    policy = KernelPolicy.STATIC_PRIORITY if variant.specialized else KernelPolicy.PORTABLE
    options = CBackendOptions(
        kernel_policy=policy,
        enable_cmsis_nn=variant.cmsis_nn,
    )
    return compile_tflite(
        tflite, folder, name=_NAME, backend_options=options, target="cortex-m4"
    ).artifacts


def _glue(header: str, name: str) -> str:
    """Calls the generated function with buffers of the sizes that its header defines."""
    upper = name.upper()
    return f"""#include "{header}"
#include "bench.h"
_Alignas(16) static uint8_t arena[{upper}_ARENA_SIZE > 0u ? {upper}_ARENA_SIZE : 1u];
void bench_infer(void) {{
  {name}_infer({upper}_ARENA_SIZE > 0u ? arena : (uint8_t *)0, bench_input, bench_output);
}}
"""
