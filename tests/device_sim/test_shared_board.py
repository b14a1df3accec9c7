"""`tinydeploy bench` with real boards: two benches want one, and one vanishes in the middle."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from bench import Bench, SimBoard
from test_deploy import OWN, TINY

from tinydeploy.bench import worker
from tinydeploy.bench.file import read_bench
from tinydeploy.bench.local import error
from tinydeploy.bench.matrix import cells
from tinydeploy.bench.run import Done, run
from tinydeploy.runners import RUNNERS, serial

pytestmark = pytest.mark.slow

TEXT = """
boards = "boards"

[models.tiny]
path = "tiny.tflite"

[[matrix]]
boards = ["mine", "host"]
samples = [2, 3]
runs = 2

[[inventory]]
platform = "mine"
serial = "36C1A6B9"
"""


class Threads:
    """A `Place` in this process, whose ports are the simulated ones."""

    slots = 4
    shares_builds = True

    def start(self, request: worker.Request, folder: Path) -> Step:
        folder.mkdir(parents=True)
        return Step(request, folder)

    def close(self) -> None:
        pass


class Step:
    def __init__(self, request: worker.Request, folder: Path) -> None:
        self._found: dict[str, Any] | None = None
        self._thread = threading.Thread(target=self._run, args=(request, folder))
        self._thread.start()

    def _run(self, request: worker.Request, folder: Path) -> None:
        found = error("Crash", "its thread ended")
        try:
            found = worker._outcome(request, folder)
        finally:
            (folder / worker.OUTCOME).write_text(json.dumps(found))
            self._found = found

    def outcome(self) -> dict[str, Any] | None:
        return self._found

    def stop(self) -> None:
        self._thread.join()


def checkout(folder: Path) -> Path:
    """A folder with a bench.toml, as one of two people has it."""
    (folder / "boards").mkdir(parents=True)
    (folder / "boards" / "mine.toml").write_text(OWN)
    shutil.copy(TINY, folder / "tiny.tflite")
    (folder / "bench.toml").write_text(TEXT)
    return folder / "bench.toml"


def results(path: Path) -> dict[str, Done]:
    bench = read_bench(path)
    done = run(bench, cells(bench), Threads(), path.parent / "staging", 60.0, lambda text: None)
    return {one.cell.id: one for one in done}


@pytest.fixture(autouse=True)
def own_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYDEPLOY_LOCKS", str(tmp_path / "locks"))


@pytest.fixture
def most(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many sessions with a real board there were whenever one began."""
    seen, live = [], [0]
    start = serial.start

    @contextmanager
    def counted(*args: Any) -> Iterator[Any]:
        live[0] += 1
        seen.append(live[0])
        try:
            with start(*args) as session:
                yield session
        finally:
            live[0] -= 1

    monkeypatch.setattr(RUNNERS["serial"], "start", counted)
    return seen


def test_two_benches_never_drive_one_board(bench: Bench, tmp_path: Path, most: list[int]) -> None:
    bench.add(SimBoard(late_s=0.02))
    paths = [checkout(tmp_path / name) for name in ("one", "other")]
    with ThreadPoolExecutor(2) as people:
        found = list(people.map(results, paths))
    for done in found:
        assert {one.outcome["status"] for one in done.values()} == {"passed"}, done
        assert len(done) == 4
    assert most == [1, 1, 1, 1]


def test_a_board_that_vanishes_fails_its_cell_and_no_other(bench: Bench, tmp_path: Path) -> None:
    board = SimBoard(late_s=0.02)

    def pull(data: bytes) -> bytes:
        if b"infer" in data or b"td run" in data:
            board.unplug()
        return data

    board.to_board = pull
    bench.add(board)
    found = results(checkout(tmp_path / "one"))
    for name, one in found.items():
        if "host" in name:
            assert one.outcome["status"] == "passed"
        else:
            assert (one.outcome["status"], one.outcome["kind"]) == ("error", "DeviceError")
            assert one.outcome["reason"] and one.outcome["hint"]
    reasons = " ".join(one.outcome["reason"] for one in found.values())
    assert "36C1A6B9" in reasons
