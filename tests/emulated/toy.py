"""The toy model as a plan, and what it computes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tinydeploy.board import Board, load_board
from tinydeploy.build import Firmware
from tinydeploy.errors import ToolError
from tinydeploy.plan import Plan
from tinydeploy.ports import ANY
from tinydeploy.render import render
from tinydeploy.runners import RUNNERS

Built = Callable[..., Firmware]

HERE = Path(__file__).parent
INPUTS = [bytes([10, 20]), bytes([30, 40, 50, 60, 70, 80])]

BORDER = {"dtype": "int8", "c_type": "int8_t", "shape": "8", "zero_point": 1, "scale": "0.5f"}
SCALES = {
    "inputs": [{**BORDER, "least": 0, "most": 0}] * 2,  # without a scale
    "outputs": [{**BORDER, "least": -128, "most": 127}],
}


def plan(files: Mapping[str, str] | None = None, **defines: str) -> Plan:
    """The toy; `files` are added to its own or replace them."""
    own = {name: (HERE / "toy_model" / name).read_text() for name in ("model.h", "model.c")}
    scales = {"model_scales.h": render("model_scales.h.j2", name="toy", **SCALES)}
    return Plan(
        engine="aot",
        model_name="toy",
        model_sha256="0" * 64,
        board="",
        arena_bytes=16,
        placements=(),
        layers=(),
        calls=(),
        operators=(),
        files={**own, **scales, **(files or {})},
        sources=("engines/aot/td_model_aot.c",),
        defines=defines,
        lib_deps=(),
        flash_estimate_bytes=0,
        ram_estimate_bytes=0,
    )


def first_layer(inputs: list[bytes]) -> bytes:
    """What layer 0 of the toy gives."""
    return bytes((value + 1 + i % 8) % 256 for i, value in enumerate(b"".join(inputs)))


def output(inputs: list[bytes]) -> bytes:
    """What the toy gives."""
    return bytes(value * 2 % 256 for value in first_layer(inputs))


def board(name: str) -> Board:
    """The board; the test is skipped where its programs are missing."""
    found = load_board(name)
    assert found.baremetal is not None
    compiler = f"{found.baremetal.toolchain}gcc"
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    try:
        RUNNERS[found.runners[0]].check(found, ANY)
    except ToolError as missing:
        pytest.skip(missing.message)
    return found
