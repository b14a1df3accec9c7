"""model_scales.h: what a firmware's author turns real numbers into inputs with, as TFLite does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from test_ports import HERE, compile_file

from tinydeploy.engines.borders import scales
from tinydeploy.graph import Graph, Tensor

LANGUAGES = {"c11": ["gcc", "-std=c11"], "c++20": ["g++", "-x", "c++", "-std=c++20"]}


def graph(dtype: str, scale: float, zero_point: int) -> Graph:
    """One tensor that is input and output."""
    kept = {"scales": (scale,), "zero_points": (zero_point,)} if scale else {}
    tensor = Tensor(0, "x", (4,), dtype, **kept)
    return Graph("one", (tensor,), (), (0,), (0,))


def quantized(real: np.ndarray, dtype: str, scale: float, zero_point: int) -> np.ndarray:
    """TFLite's QUANTIZE by another formula: float32 steps, rounded half away from zero."""
    limits = np.iinfo(dtype)
    steps = (real / np.float32(scale)).astype(np.float64)
    rounded = np.sign(steps) * np.floor(np.abs(steps) + 0.5) + zero_point
    return np.clip(rounded, limits.min, limits.max).astype(np.int64)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("dtype", "scale", "zero_point"),
    [
        ("int8", 0.003921569, -128),
        ("int8", 0.5, 3),  # ties
        ("int8", 1e-12, 127),
        ("uint8", 0.00784314, 128),
        ("int16", 3.0517578e-05, 0),
        ("int16", 7.1e8, 0),
    ],
)
def test_scales_are_tflites(
    tmp_path: Path, language: str, dtype: str, scale: float, zero_point: int
) -> None:
    (tmp_path / "model_scales.h").write_text(scales(graph(dtype, scale, zero_point), "one"))
    program = tmp_path / "program"
    compiler, *options = LANGUAGES[language]
    compile_file(
        compiler,
        HERE / "scales_main.c",
        *options,
        f"-I{tmp_path}",
        "-fsanitize=undefined",
        "-fno-sanitize-recover",
        "-o",
        str(program),
    )
    rng = np.random.default_rng(1)
    steps = np.concatenate([np.arange(-600, 600) / 2, rng.uniform(-70_000, 70_000, 500)])
    largest = np.finfo(np.float32).max
    with np.errstate(over="ignore"):
        real = (steps * scale).astype(np.float32)
    real = np.concatenate([real, np.float32([0, -0.0, largest, -largest, np.inf, -np.inf])])
    expected = quantized(real[:-4], dtype, scale, zero_point)
    limits = np.iinfo(dtype)
    expected = [*expected, limits.max, limits.min, limits.max, limits.min, limits.min]
    given = np.concatenate([real, np.float32([np.nan])]).tobytes()
    done = subprocess.run([program], input=given, capture_output=True, check=True)
    lines = [line.split() for line in done.stdout.decode().splitlines()]
    assert [int(value) for value, _ in lines[:-1]] == expected
    back = (np.array(expected) - zero_point).astype(np.float32) * np.float32(scale)
    assert [np.float32(text) for _, text in lines[:-1]] == list(back)
    assert lines[-1] == ["holds", "1"]


def test_a_tensor_without_scale_has_none(tmp_path: Path) -> None:
    text = scales(graph("float32", 0, 0), "one")
    assert "{1.000000000e+00f, 0, 0, 0}, /* input 0: float32 4 */" in text
