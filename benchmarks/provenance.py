"""Where figures come from: versions, command and date."""

from __future__ import annotations

import platform
import shlex
import sys
from datetime import datetime, timezone
from importlib.metadata import version

from benchmarks.harness import BOARD
from benchmarks.models import ROOT
from tinydeploy import __version__
from tinydeploy.board import load_board
from tinydeploy.tools import call

_ASK_S = 30


def provenance() -> dict[str, str]:
    """What a reader needs to get the same figures again."""
    board = load_board(BOARD)
    assert board.baremetal is not None and board.qemu is not None
    return {
        "command": shlex.join(["scripts/bench", *sys.argv[1:]]),
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "tinydeploy": f"{__version__}, {_commit()}",
        "board": f"{board.id} ({board.cpu}), emulated, -icount shift={board.qemu.icount_shift}",
        "compiler": _first_line(f"{board.baremetal.toolchain}gcc"),
        "emulator": _first_line(board.qemu.binary),
        "oracle": f"tflite_micro {version('tflite_micro')}",
        "converter": f"tensorflow {version('tensorflow')}, keras {version('keras')}",
        "python": platform.python_version(),
    }


def _first_line(program: str) -> str:
    return call([program, "--version"], timeout_s=_ASK_S).splitlines()[0]


def _commit() -> str:
    """The checkout's commit, with a word when files differ from it."""
    git = ["git", "-C", str(ROOT)]
    commit = call([*git, "rev-parse", "--short=12", "HEAD"], timeout_s=_ASK_S).strip()
    status = ["status", "--porcelain", "--", "tinydeploy", "firmware", "templates", "boards"]
    changed = call([*git, *status], timeout_s=_ASK_S).strip()
    return f"commit {commit}{' with uncommitted changes' if changed else ''}"
