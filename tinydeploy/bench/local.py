"""`LocalPlace`: steps as processes of this machine, so many at a time; none outlives us."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tinydeploy.bench.worker import LOG, OUTCOME, Request, as_json

LIMIT_S = 3600.0


class Place(Protocol):
    """Where steps run."""

    @property
    def slots(self) -> int:
        """How many steps at a time."""

    @property
    def shares_builds(self) -> bool:
        """Whether a `build` step is of use to the `run` steps that come after it."""

    def start(self, request: Request, folder: Path) -> Running:
        """Begin; the files of the step come into `folder`."""

    def close(self) -> None:
        """End all that was started."""


class Running(Protocol):
    """A step under way."""

    def outcome(self) -> dict[str, Any] | None:
        """What came of it, None until then; never raises for what went wrong in the step."""

    def stop(self) -> None:
        """End it now, with all that it started."""


class LocalPlace:
    """See the module. Each step may take `limit_s` seconds."""

    shares_builds = True

    def __init__(self, slots: int, limit_s: float = LIMIT_S) -> None:
        self.slots = slots
        self._limit_s = limit_s
        self._running: list[LocalRunning] = []

    def start(self, request: Request, folder: Path) -> LocalRunning:
        """See `Place`."""
        self._running = [running for running in self._running if running.lives]
        self._running.append(begin(request, folder, self._limit_s))
        return self._running[-1]

    def close(self) -> None:
        """See `Place`."""
        for running in self._running:
            running.stop()


@dataclass
class LocalRunning:
    """A step as a process."""

    process: subprocess.Popen[bytes]
    folder: Path
    began: float
    limit_s: float
    lives: bool = True

    def outcome(self) -> dict[str, Any] | None:
        """See `Running`."""
        too_long = time.monotonic() - self.began > self.limit_s
        if self.process.poll() is None and not too_long:
            return None
        self.stop()
        seconds = round(time.monotonic() - self.began, 3)
        if too_long:
            return error("Timeout", f"it took longer than {self.limit_s:g} s", seconds)
        try:
            found = json.loads((self.folder / OUTCOME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return error("Crash", _how_it_ended(self.process.returncode, self.folder), seconds)
        return dict(found)

    def stop(self) -> None:
        """See `Running`."""
        if not self.lives:
            return
        self.lives = False
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # all of it has ended
            self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()


def begin(request: Request, folder: Path, limit_s: float = LIMIT_S) -> LocalRunning:
    """Start the process for `request`; what it says is in the log in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = folder / "request.json"
    asked.write_text(as_json(request), encoding="utf-8")
    package = str(Path(__file__).resolve().parents[2])
    paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tinydeploy.bench.worker", str(asked), str(folder)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,
        )
    return LocalRunning(process, folder, time.monotonic(), limit_s)


def error(kind: str, reason: str, seconds: float = 0.0, hint: str = "") -> dict[str, Any]:
    """The outcome of a step that did not come to its end."""
    return {
        "status": "error",
        "kind": kind,
        "reason": reason,
        "hint": hint or f"{LOG} of the cell holds all that was said",
        "seconds": seconds,
    }


def _how_it_ended(code: int, folder: Path) -> str:
    said = (folder / LOG).read_text(encoding="utf-8", errors="replace").rstrip().splitlines()
    last = f": {said[-1]}" if said else ""
    if code < 0:
        return f"its process was ended by {signal.Signals(-code).name}{last}"
    return f"its process ended with code {code}{last}"
