"""Weights as halves give the bytes that the same weights as floats give."""

from __future__ import annotations

from pathlib import Path

import pytest
import toolchain

pytestmark = pytest.mark.slow

NAMES = ["fours", "odd_channels", "groups_of_five", "pointwise", "one_pixel"]
NAMES += ["depthwise", "depthwise_odd"]
KERNELS = [
    toolchain.FIRMWARE / "kernels" / f"td_{kernel}_{weights}.c"
    for kernel in ("conv_2d", "depthwise_conv_2d")
    for weights in ("f32", "f16_f32")
]
FILES = [toolchain.HERE / "halves.c", toolchain.HERE / "check.c", *KERNELS]


@pytest.mark.parametrize("board", ["mps2-an386", "mps2-an385", "mps3-an547"])
def test_on_boards(board: str, tmp_path: Path) -> None:
    said = toolchain.emulated(FILES, tmp_path, board)
    assert [line for line in said.splitlines() if line] == [f"ok {name}" for name in NAMES]


def test_here(tmp_path: Path) -> None:
    said = toolchain.host(FILES, tmp_path)
    assert [line for line in said.splitlines() if line] == [f"ok {name}" for name in NAMES]
