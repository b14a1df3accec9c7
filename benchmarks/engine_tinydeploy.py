"""tinydeploy's own engines, through its public command line."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import BOARD
from benchmarks.models import Model
from benchmarks.result import Failure, Result
from benchmarks.samples import COUNT
from tinydeploy import __version__
from tinydeploy.errors import ToolError
from tinydeploy.tools import call

TFLM_DIR = "TINYDEPLOY_TFLM_DIR"
_DEPLOY_S = 900


@dataclass(frozen=True)
class Variant:
    """The values of `--engine` and `--optimize`."""

    engine: str
    optimize: str


VARIANTS = {
    "aot-balanced": Variant("aot", "balanced"),
    "aot-speed": Variant("aot", "speed"),
    "aot-size": Variant("aot", "size"),
    "tflm": Variant("tflm", "balanced"),
}


def available(engine: str) -> bool:
    """TensorFlow Lite Micro needs its sources: the environment variable TINYDEPLOY_TFLM_DIR."""
    return VARIANTS[engine].engine != "tflm" or bool(os.environ.get(TFLM_DIR))


def about(engine: str) -> str:
    """The command line's options."""
    variant = VARIANTS[engine]
    return f"tinydeploy {__version__}, --engine {variant.engine} --optimize {variant.optimize}"


def measure(model: Model, engine: str, folder: Path) -> Result | Failure:
    """`tinydeploy deploy` of one of `VARIANTS`; a Failure when it ends before its report."""
    variant = VARIANTS[engine]
    report_path = folder / "report.json"
    report_path.unlink(missing_ok=True)
    try:
        deploy(model.path, variant, folder)
    except ToolError as error:
        # An output that differs ends the command with an error too, but after its report.
        if not report_path.is_file():
            return Failure(model.name, engine, reason(error))
    report = json.loads(report_path.read_text(encoding="utf-8"))
    firmware, verify = report["firmware"], report["verify"]
    return Result(
        model=model.name,
        engine=engine,
        macs=model.macs,
        instructions=report["measure"]["median"],
        code_bytes=firmware["code_bytes"],
        model_bytes=firmware["model_bytes"],
        arena_bytes=firmware["arena_bytes"],
        stack_bytes=firmware["stack_bytes"],
        samples=verify["samples"],
        mismatches=0 if verify["bit_exact"] else verify["samples"],
    )


def deploy(
    path: Path, variant: Variant, folder: Path, board: str = BOARD, *, program: str = "tinydeploy"
) -> None:
    """Run the command of the module `program`; ToolError with its last lines when it fails."""
    options = ["--engine", variant.engine, "--optimize", variant.optimize, "-o", str(folder)]
    command = [sys.executable, "-m", program, "deploy", str(path), "--board", board]
    call([*command, *options, "--samples", str(COUNT), "--json"], timeout_s=_DEPLOY_S)


def reason(error: ToolError) -> str:
    """The line that names the error: tinydeploy's, the linker's, the compiler's, else the first."""
    lines = str(error).splitlines()
    named = [
        line
        for word in ("Error: ", "undefined reference", " error: ")
        for line in lines
        if word in line
    ]
    return (named or lines)[0].strip()
