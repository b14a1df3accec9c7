"""`ClusterPlace`: steps on the workers of a Dask cluster, `--on dask://HOST:PORT`.

Dask gives the cells of a worker that died to another, and each result once. A real board's cells go
to a worker that was started with it: `dask worker … --resources "nano33=1"`.
"""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tinydeploy.bench.local import begin, error
from tinydeploy.bench.matrix import tinydeploy_hash
from tinydeploy.bench.worker import OUTCOME, Request
from tinydeploy.board import load_board
from tinydeploy.build import cache_dir
from tinydeploy.errors import ToolError, UsageError
from tinydeploy.tools import sha256, write_atomic

CONNECT_S = 10.0
POLL_S = 0.02
SCHEME = "dask://"
_FILES = ("model", "calib", "labels", "train", "board")


class ClusterPlace:
    """See the module. UsageError for an address that is none, ToolError when nobody answers."""

    shares_builds = False

    def __init__(self, address: str) -> None:
        if not address.startswith(SCHEME):
            raise UsageError(f"--on {address!r} is no address", "write dask://HOST:PORT")
        try:
            from distributed import Client
        except ImportError:
            raise ToolError(
                "Dask is not installed", "pip install 'tinydeploy[dask]', here and on the workers"
            ) from None
        try:
            self._client = Client(f"tcp://{address.removeprefix(SCHEME)}", timeout=CONNECT_S)
        except (OSError, TimeoutError, ValueError) as failure:
            raise ToolError(
                f"no Dask scheduler answers at {address}: {failure}",
                "`dask scheduler` starts one; see docs/bench.md",
            ) from None
        self.slots = 1_000_000  # the scheduler keeps the queue

    def start(self, request: Request, folder: Path) -> ClusterRunning:
        """See `local.Place`."""
        board = load_board(request.board)
        resources = {board.id: 1} if board.runners[:1] == ("serial",) else {}
        if resources and not self._owns(board.id):
            hint = f'start one where it is attached: dask worker … --resources "{board.id}=1"'
            outcome = error("NoWorker", f"no worker of the cluster has a {board.id}", hint=hint)
            return ClusterRunning(None, folder, outcome)
        future = self._client.submit(
            run_here,
            asdict(request),
            _packed(request),
            tinydeploy_hash(),
            key=f"tinydeploy-{request.id}-{uuid.uuid4().hex}",
            pure=False,
            resources=resources,
        )
        return ClusterRunning(future, folder)

    def _owns(self, board: str) -> bool:
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        return any(board in worker.get("resources", {}) for worker in workers)

    def close(self) -> None:
        """See `local.Place`; cells that are still running are cancelled."""
        self._client.close()


@dataclass
class ClusterRunning:
    """A step on some worker; `ended` is what is known of it without one."""

    future: Any
    folder: Path
    ended: dict[str, Any] | None = None

    def outcome(self) -> dict[str, Any] | None:
        """See `local.Running`."""
        if self.ended is None and self.future.done():
            self.ended = self._collect()
        return self.ended

    def _collect(self) -> dict[str, Any]:
        if self.future.status != "finished":
            why = self.future.exception() if self.future.status == "error" else "cancelled"
            told = str(why) or type(why).__name__
            return error("Cluster", f"the cluster did not finish it: {told}")
        outcome, files = self.future.result()
        for name, data in files.items():
            write_atomic(self.folder / Path(name).name, data)
        self.future.release()
        return dict(outcome)

    def stop(self) -> None:
        """See `local.Running`."""
        if self.future is not None:
            self.future.cancel()


def _packed(request: Request) -> dict[str, tuple[str, bytes]]:
    """Name and bytes of each file of the request; a SavedModel folder must be a .tflite first."""
    found = {}
    for key in _FILES:
        path = Path(getattr(request, key))
        if not getattr(request, key):
            continue
        if path.is_dir():
            raise UsageError(
                f"{path} is a folder, which does not travel to a cluster",
                "`tinydeploy quantize` makes one .tflite of it",
            )
        found[key] = (path.name, path.read_bytes())
    return found


def run_here(
    fields: Mapping[str, Any], files: Mapping[str, tuple[str, bytes]], version: str
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """On a worker: do the step and give its outcome and its files. Runs in a process of its own,
    which ends with the worker."""
    if version != tinydeploy_hash():
        hint = "install the same version and commit on all of them"
        return error("Version", "this worker has another tinydeploy", hint=hint), {}
    shared = cache_dir() / "bench"
    here = {key: _unpacked(shared / "files", *files[key]) for key in files}
    request = Request(**{**fields, **here, "work": str(shared)})
    with tempfile.TemporaryDirectory(prefix="tinydeploy-cell-") as name:
        folder = Path(name)
        running = begin(request, folder)
        try:
            while (outcome := running.outcome()) is None:
                time.sleep(POLL_S)
        finally:
            running.stop()
        outcome["worker"] = f"{os.uname().nodename}, process {os.getpid()}"
        found = {
            path.name: path.read_bytes()
            for path in folder.iterdir()
            if path.is_file() and path.name != OUTCOME
        }
    return outcome, found


def _unpacked(folder: Path, name: str, data: bytes) -> str:
    """The path of a file with these bytes on this machine."""
    path = folder / sha256(data)[:16] / name
    if not path.is_file():
        write_atomic(path, data)
    return str(path)
