"""A cluster of two workers, one of which is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tinydeploy import cli
from tinydeploy.bench import history, results
from tinydeploy.bench.cluster import ClusterPlace
from tinydeploy.errors import ToolError, UsageError

from .conftest import BENCH, ROOT, Write

distributed = pytest.importorskip("distributed")


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two workers with one thread each, their cache an empty one."""
    link = os.environ.get("TINYDEPLOY_CACHE") or Path.home() / ".cache" / "tinydeploy"
    cache = tmp_path / "cache"
    cache.mkdir()
    (Path(link) / "platformio").mkdir(parents=True, exist_ok=True)
    (cache / "platformio").symlink_to(Path(link) / "platformio")
    monkeypatch.setenv("TINYDEPLOY_CACHE", str(cache))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *sys.path[:1]]))
    started = distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
        silence_logs=50,
        local_directory=str(tmp_path / "dask"),
    )
    yield started
    started.close()


@pytest.mark.slow
def test_a_worker_is_killed_in_the_middle(write: Write, cluster: Any) -> None:
    text = BENCH.replace("samples = 3", "samples = [3, 4, 5, 6, 7, 8]")
    write(text.replace("runs = 2", "runs = 500"))
    address = cluster.scheduler_address.replace("tcp://", "dask://")
    pids = [worker.pid for worker in cluster.workers.values()]
    killed = threading.Event()

    def kill() -> None:
        """As soon as it works on a cell."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            children = Path(f"/proc/{pids[0]}/task/{pids[0]}/children")
            busy = [p for p in children.parent.parent.glob("*/children") if p.read_text().strip()]
            if busy:
                time.sleep(0.3)
                os.kill(pids[0], signal.SIGKILL)
                killed.set()
                return
            time.sleep(0.01)

    thread = threading.Thread(target=kill)
    thread.start()
    code = cli.run(["bench", "run", "--on", address])
    thread.join()
    assert code == 0 and killed.is_set()
    folder = results.latest(Path("results"))
    assert folder is not None
    document = results.read_summary(folder)
    assert document["counts"] == {"passed": 6, "failed": 0, "error": 0, "skipped": 0}
    assert [row["samples"] for row in document["cells"]] == [3, 4, 5, 6, 7, 8]
    assert all(
        (folder / "cells" / row["id"] / "serial.jsonl").is_file() for row in document["cells"]
    )
    lines = history.lines(Path("results") / history.FILE_NAME, "tiny")
    assert [len(line["points"]) for line in lines] == [1] * 6


@pytest.mark.slow
def test_a_real_board_needs_the_worker_that_has_it(write: Write, cluster: Any) -> None:
    write(BENCH.replace('["host"]', '["nano33", "host"]\nengines = "aot"'))
    address = cluster.scheduler_address.replace("tcp://", "dask://")
    assert cli.run(["bench", "run", "--on", address]) == 8
    folder = results.latest(Path("results"))
    assert folder is not None
    document = results.read_summary(folder)
    assert document["counts"] == {"passed": 1, "failed": 0, "error": 1, "skipped": 0}
    row = next(row for row in document["cells"] if row["board"] == "nano33")
    assert row["reason"] == "no worker of the cluster has a nano33"
    assert "--resources" in row["hint"]


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinydeploy.bench.cluster.CONNECT_S", 0.5)
    with pytest.raises(ToolError, match=r"no Dask scheduler answers at dask://127\.0\.0\.1:1"):
        ClusterPlace("dask://127.0.0.1:1")
    with pytest.raises(UsageError, match="is no address"):
        ClusterPlace("ssh://here")


@pytest.mark.slow
def test_explore_runs_its_schemes_there_too(
    write: Write, cluster: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    write()
    address = cluster.scheduler_address.replace("tcp://", "dask://")
    command = ["explore", "tiny.tflite", "--board", "host", "--schemes", "int8,float32"]
    assert cli.run([*command, "--samples", "3", "--runs", "2", "--json", "--on", address]) == 0
    int8, float32 = json.loads(capfd.readouterr().out)["schemes"]
    assert int8["bit_exact"] is int8["proven"] is True
    assert float32["flash_bytes"] is None and "float32" in float32["reason"]
