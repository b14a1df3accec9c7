"""`hold`: one board, one job, whatever happens to the jobs. `only` does that for a folder.

The kernel holds the lock for as long as the process lives, so a crash leaves nothing to clear away;
what is written in the file only tells people who has it.
"""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tinydeploy.errors import DeviceError, ToolError

if sys.platform != "win32":
    import fcntl

POLL_S = 0.2
Say = Callable[[str], None]


def lock_dir() -> Path:
    """Where the locks of this machine's boards are, for all its users: `TINYDEPLOY_LOCKS`, or
    tinydeploy-locks beside other temporary files."""
    chosen = os.environ.get("TINYDEPLOY_LOCKS")
    folder = Path(chosen) if chosen else Path(tempfile.gettempdir()) / "tinydeploy-locks"
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o1777)
    return folder


@contextmanager
def hold(name: str, what: str, wait_s: float, say: Say) -> Iterator[None]:
    """The board `name` (its USB serial number, or its port) is ours within the block.

    Waits for at most `wait_s` while another has it, and tells who; DeviceError after that.
    """
    path = lock_dir() / (re.sub(r"[^\w.-]+", "_", name).strip("_") + ".lock")
    file = _open(path)
    try:
        _wait(file, path, name, wait_s, say)
        about = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "user": getpass.getuser(),
            "since": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "what": what,
        }
        os.ftruncate(file, 0)
        os.pwrite(file, (json.dumps(about) + "\n").encode(), 0)
        yield
        os.ftruncate(file, 0)
    finally:
        os.close(file)


@contextmanager
def only(path: Path) -> Iterator[None]:
    """One process at a time between here and the end of the block; others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = _open(path)
    try:
        while not _try(file):
            time.sleep(POLL_S / 4)
        yield
    finally:
        os.close(file)


def taken(path: Path) -> int | None:
    """The lock in `path` as a file descriptor; None when a living process has it."""
    file = _open(path)
    if _try(file):
        return file
    os.close(file)
    return None


def holder(path: Path) -> dict[str, Any]:
    """What the one who has the lock wrote into it; empty when it has not yet."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR)
    except FileNotFoundError:
        pass
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    os.fchmod(file, 0o666)
    return file


def _try(file: int) -> bool:
    if sys.platform == "win32":
        raise ToolError("the bench needs file locks of Linux or macOS", "use WSL")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(file: int, path: Path, name: str, wait_s: float, say: Say) -> None:
    end = time.monotonic() + wait_s
    told = ""
    while not _try(file):
        who = _told(holder(path))
        if who != told:
            say(f"board {name} is held by {who}: waiting")
            told = who
        if time.monotonic() >= end:
            raise DeviceError(
                f"board {name} is held by {who}, and was for {wait_s:g} s",
                "wait for it or end it; its lock ends with it. --wait waits longer",
            )
        time.sleep(POLL_S)


def _told(about: dict[str, Any]) -> str:
    if not about:
        return "another process"
    who = f"{about.get('what')}, process {about.get('pid')} of {about.get('user')}"
    return f"{who} on {about.get('host')} since {about.get('since')}"
