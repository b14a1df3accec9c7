"""The whole line is run here: what it needs, and what stands in where it is missing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tinydeploy.board import Board, load_board
from tinydeploy.deploy import Job

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits"

MakeJob = Callable[..., Job]


def shared_model(name: str) -> Path:
    """A model of ../shared/models; the test is skipped where that folder is not there."""
    path = ROOT.parent / "shared" / "models" / name
    if not path.is_file():
        pytest.skip(f"{path} is not there: the real models lie beside the project only in-house")
    return path


def programs(board: Board) -> list[str]:
    """What building for and running on the board takes."""
    assert board.baremetal is not None
    return [f"{board.baremetal.toolchain}gcc", *([board.qemu.binary] if board.qemu else [])]


@pytest.fixture
def make_job(tmp_path: Path) -> MakeJob:
    def make(
        model: Path,
        board: str,
        *,
        calib: Path | None = None,
        labels: Path | None = None,
        samples: int = 20,
        runs: int = 2,
        optimize: str = "balanced",
        folder: Path | None = None,
    ) -> Job:
        missing = [program for program in programs(load_board(board)) if not shutil.which(program)]
        if missing:
            pytest.skip(f"board {board} needs {', '.join(missing)}")
        return Job(
            model=model,
            board=load_board(board),
            engine="aot",
            scheme="int8",
            calib=calib,
            labels=labels,
            folder=folder or tmp_path / "out",
            samples=samples,
            runs=runs,
            optimize=optimize,
        )

    return make
