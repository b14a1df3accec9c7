from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "tests" / "golden" / "tiny.tflite"

BENCH = """
[models.tiny]
path = "tiny.tflite"

[[matrix]]
boards = ["host"]
samples = 3
runs = 2
"""

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Puts a bench.toml and its model into an empty folder, which is the current one then."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINYDEPLOY_LOCKS", str(tmp_path / "locks"))
    shutil.copy(TINY, tmp_path / "tiny.tflite")

    def put(text: str = BENCH) -> Path:
        path = tmp_path / "bench.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return put


def make_report(**changes: Any) -> dict[str, Any]:
    """A report.json of an emulated board; `measure`, `layers` and so on may be changed."""
    document: dict[str, Any] = {
        "schema": "tinydeploy.report/1",
        "model": {"sha256": "aa", "scheme": "int8"},
        "board": {"id": "mps2-an386", "cpu": "cortex-m4", "clock_hz": 25_000_000},
        "engine": "aot",
        "optimize": "balanced",
        "runner": {"name": "qemu", "kind": "emulated"},
        "firmware": {
            "build_id": "b",
            "flash_bytes": 1000,
            "ram_bytes": 500,
            "arena_bytes": 100,
            "stack_bytes": 50,
            "model_bytes": 10,
            "code_bytes": 20,
            "toolchain": {"compiler": "gcc 12"},
            "flags": ["-O2"],
        },
        "measure": {
            "unit": "instructions",
            "runs": 3,
            "min": 300,
            "median": 300,
            "p95": 300,
            "max": 300,
        },
        "layers": [
            {"index": 0, "op": "CONV_2D", "name": "first", "macs": 10, "instructions": 200},
            {"index": 1, "op": "SOFTMAX", "name": "last", "macs": 0, "instructions": 100},
        ],
        "verify": {"samples": 3, "bit_exact": True},
    }
    for key, value in changes.items():
        document[key] = {**document[key], **value} if isinstance(value, dict) else value
    return document
