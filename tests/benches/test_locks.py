"""One board, one job; a lock that ends with its process, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tinydeploy.bench.locks import hold, holder, lock_dir, taken
from tinydeploy.errors import DeviceError

HOLD = """
import time
from tinydeploy.bench.locks import hold
with hold("36C1", "a test", 0, print):
    print("have it", flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def own_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYDEPLOY_LOCKS", str(tmp_path / "locks"))


def other() -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == b"have it\n"
    return process


def test_who_has_it_is_told_and_waited_for() -> None:
    said: list[str] = []
    process = other()
    try:
        held = pytest.raises(DeviceError, match=rf"held by a test, process {process.pid} of ")
        with held, hold("36C1", "mine", 0.3, said.append):
            raise AssertionError("two have it")
        assert len(said) == 1 and f"process {process.pid}" in said[0] and "waiting" in said[0]
        with hold("another", "mine", 0, said.append):
            pass
    finally:
        process.kill()
        process.communicate()


def test_sigkill_leaves_nothing_to_clear_away() -> None:
    process = other()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    start = time.monotonic()
    with hold("36C1", "mine", 0, print):
        assert holder(lock_dir() / "36C1.lock")["pid"] == os.getpid()
        assert taken(lock_dir() / "36C1.lock") is None
    assert time.monotonic() - start < 1
    assert holder(lock_dir() / "36C1.lock") == {}


def test_two_that_wait_take_turns(tmp_path: Path) -> None:
    """Each writes its name twice; nobody comes between."""
    turns = tmp_path / "turns"
    code = f"""
import os, time
from tinydeploy.bench.locks import hold
with hold("x", "", 30, lambda text: None), open({str(turns)!r}, "ab", 0) as file:
    for _ in range(2):
        file.write(b"%d\\n" % os.getpid())
        time.sleep(0.1)
"""
    started = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(3)]
    assert [process.wait(30) for process in started] == [0, 0, 0]
    lines = turns.read_text().split()
    assert len(lines) == 6 and lines[::2] == lines[1::2]
