"""One step of one cell in its own process: `python -m tinydeploy.bench.worker REQUEST FOLDER`.

A crash, a hang or a kill ends this process and nothing else. It leads a session of its own, so that
all it started can be killed together; it does that itself as soon as its standard input ends, which
is when whoever started it is gone, even by SIGKILL.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tinydeploy.deploy import Job
    from tinydeploy.ports import Wanted

REPORT = "report.json"
RECORDING = "serial.jsonl"
OUTCOME = "outcome.json"
LOG = "log.txt"
CONVERTED = "model.tflite"


@dataclass(frozen=True)
class Request:
    """What to do, in plain words that travel as JSON. Paths are of the machine that does it.

    `step`: `build` ends with the firmware, `run` does all. `place` are the fields of the attached
    board, empty where the board's USB ids tell which it is; `work` is where conversions and builds
    are shared.
    """

    step: str
    id: str
    model: str
    calib: str
    labels: str
    board: str
    engine: str
    scheme: str
    optimize: str
    samples: int
    runs: int
    train: str
    epochs: int
    sparsity: float
    clusters: int
    conversion: str
    build: str
    work: str
    place: Mapping[str, Any]
    wait_s: float


def main(arguments: list[str]) -> int:
    """Do what the request in file 1 says; the outcome and its files go to folder 2."""
    if hasattr(os, "getpgrp") and os.getpgrp() == os.getpid():
        threading.Thread(target=_end_with_parent, daemon=True).start()
    request = Request(**json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    folder = Path(arguments[1])
    outcome = _outcome(request, folder)
    (folder / OUTCOME).write_text(json.dumps(outcome, indent=2) + "\n", encoding="utf-8")
    return 0


def _end_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGKILL)


def _outcome(request: Request, folder: Path) -> dict[str, Any]:
    from tinydeploy.errors import Mismatch, TinydeployError

    began = time.monotonic()
    outcome: dict[str, Any] = {"status": "passed", "kind": "", "reason": "", "hint": ""}
    try:
        _do(request, folder)
    except TinydeployError as error:
        outcome["status"] = "failed" if isinstance(error, Mismatch) else "error"
        outcome["kind"] = type(error).__name__
        outcome["reason"], outcome["hint"] = error.message, error.hint
        _say(str(error))
    outcome["seconds"] = round(time.monotonic() - began, 3)
    return outcome


def _do(request: Request, folder: Path) -> None:
    from tinydeploy import deploy
    from tinydeploy.bench.locks import only

    job = _job(request, folder)
    assert job.model_folder is not None
    with only(job.model_folder / ".lock"):
        model = deploy.quantize(job, _say)
    if request.step == "build":
        deploy.build(job, _say)
        return
    (folder / CONVERTED).write_bytes(model.tflite)
    with _board(request, job) as wanted:
        deploy.deploy(replace(job, wanted=wanted), _say)


def _job(request: Request, folder: Path) -> Job:
    from tinydeploy.board import load_board
    from tinydeploy.deploy import Job
    from tinydeploy.training.recipe import Recipe

    board = load_board(request.board)
    if request.place.get("baud"):
        board = replace(board, baud=int(request.place["baud"]))
    work = Path(request.work)
    return Job(
        model=Path(request.model),
        board=board,
        engine=request.engine,
        scheme=request.scheme,
        calib=Path(request.calib) if request.calib else None,
        labels=Path(request.labels) if request.labels else None,
        folder=folder,
        samples=request.samples,
        runs=request.runs,
        optimize=request.optimize,
        model_folder=work / "models" / f"{Path(request.model).stem}-{request.conversion}",
        project_folder=work / "projects" / f"{board.id}-{request.build}",
        record=folder / RECORDING,
        recipe=Recipe(
            Path(request.train) if request.train else None,
            request.epochs,
            request.sparsity,
            request.clusters,
        ),
    )


@contextmanager
def _board(request: Request, job: Job) -> Iterator[Wanted]:
    """Which port to use, ours alone meanwhile; emulated boards there are as many as one likes."""
    from tinydeploy.bench.attached import held
    from tinydeploy.ports import ANY

    if job.board.runners[0] != "serial":
        yield ANY
        return
    what = f"tinydeploy bench, cell {request.id}"
    with held(job.board, request.place, what, request.wait_s, _say) as wanted:
        yield wanted


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def as_json(request: Request) -> str:
    """The request as the file that `main` reads."""
    return json.dumps(asdict(request), indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
