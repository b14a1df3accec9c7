"""The options that verbs share, and the `Job` they describe."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from tinydeploy.board import board_ids, load_board
from tinydeploy.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from tinydeploy.board import Board
    from tinydeploy.deploy import Job
    from tinydeploy.settings import Settings

OPTIMIZE = ("balanced", "speed", "size")
DEFAULT_SCHEME = "int8"
SAMPLES = 20
RUNS = 10

# `Optional` and not `|`: typer evaluates these at run time, on Python 3.10 as well.
ModelArgument = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Argument(metavar="[MODEL]", show_default=False, help="Left out: tinydeploy.toml's."),
]
BoardOption = Annotated[
    str, typer.Option("--board", "-b", metavar="ID", help="Board; see `tinydeploy boards`.")
]
EngineOption = Annotated[
    str, typer.Option("--engine", "-e", metavar="NAME", help="aot or tflm; the board's first.")
]
SchemeOption = Annotated[str, typer.Option("--scheme", metavar="NAME", help="int8 or float32.")]
OptimizeOption = Annotated[
    str, typer.Option("--optimize", metavar="WHAT", help="balanced, speed or size.")
]
CalibOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--calib", metavar="FILE", help=".npz or .npy of real inputs, for the scales."),
]
LabelsOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--labels", metavar="FILE", help=".npz of labelled samples, for accuracy."),
]
OutputOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--output", "-o", metavar="DIR", help="Default: build/<board>-<engine>."),
]
SamplesOption = Annotated[
    int, typer.Option("--samples", min=1, help="Samples proven against the oracle.")
]
RunsOption = Annotated[int, typer.Option("--runs", min=1, help="Inferences timed.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
VerboseOption = Annotated[
    bool, typer.Option("--verbose", "-v", help="Print each command before it runs.")
]


@dataclass(frozen=True)
class Choices:
    """What was typed; empty strings and None stand for what was not."""

    model: Path | None
    board: str = ""
    engine: str = ""
    scheme: str = ""
    optimize: str = ""
    calib: Path | None = None
    labels: Path | None = None
    output: Path | None = None
    samples: int = SAMPLES
    runs: int = RUNS


def job(choices: Choices) -> Job:
    """The job: what was typed, else tinydeploy.toml when MODEL was left out, else the defaults.

    UsageError names what is missing or unknown.
    """
    from tinydeploy.deploy import Job

    settings = _settings(choices)
    name = choices.board or (settings.board if settings else "")
    if not name:
        raise UsageError("no board given", f"add --board ID; known: {', '.join(board_ids())}")
    board = load_board(name)
    engine = choices.engine or _settings_engine(settings, board, choices) or board.engines[0]
    if engine not in board.engines:
        raise UsageError(
            f"board {board.id} has no engine {engine!r}", did_you_mean(engine, board.engines)
        )
    return Job(
        model=_model(choices, settings),
        board=board,
        engine=engine,
        scheme=known_scheme(choices.scheme or (settings.scheme if settings else "")),
        calib=file_option("--calib", choices.calib or (settings.calib if settings else None)),
        labels=file_option("--labels", choices.labels or (settings.labels if settings else None)),
        folder=choices.output or Path("build") / f"{board.id}-{engine}",
        samples=choices.samples,
        runs=choices.runs,
        optimize=known_optimize(choices.optimize or (settings.optimize if settings else "")),
    )


def model_path(choices: Choices) -> Path:
    """The model's path, typed or of tinydeploy.toml. UsageError when it is not there."""
    return _model(choices, _settings(choices))


def _model(choices: Choices, settings: Settings | None) -> Path:
    model = choices.model or (settings.model if settings else None)
    if model is None:
        raise UsageError("no model given", "`tinydeploy init MODEL` writes a tinydeploy.toml")
    return existing_model(model)


def existing_model(path: Path) -> Path:
    """The path of a model; UsageError when nothing is there."""
    if not path.exists():
        raise UsageError(f"no such model: {path}", "give a .keras, .h5, SavedModel or .tflite")
    return path


def _settings(choices: Choices) -> Settings | None:
    """tinydeploy.toml, read only when MODEL was left out: its calibration belongs to its model."""
    if choices.model is not None:
        return None
    from tinydeploy.settings import read_settings

    return read_settings(Path())


def _settings_engine(settings: Settings | None, board: Board, choices: Choices) -> str:
    """The file's engine, unless `--board` chose another board that does not have it."""
    if settings is None or not settings.engine:
        return ""
    if choices.board and settings.engine not in board.engines:
        return ""
    return settings.engine


def known_scheme(name: str) -> str:
    """The scheme of this name, the default of none; UsageError when there is no such."""
    from tinydeploy.schemes import SCHEMES

    name = name or DEFAULT_SCHEME
    if name not in SCHEMES:
        raise UsageError(f"unknown scheme {name!r}", did_you_mean(name, SCHEMES))
    return name


def known_optimize(name: str) -> str:
    """What to optimize for, the default when empty; UsageError when there is no such."""
    name = name or OPTIMIZE[0]
    if name not in OPTIMIZE:
        raise UsageError(f"unknown --optimize {name!r}", did_you_mean(name, OPTIMIZE))
    return name


def file_option(option: str, path: Path | None) -> Path | None:
    """The path given for `option`; UsageError when no file is there."""
    if path is not None and not path.is_file():
        raise UsageError(f"{option}: no such file: {path}", "give a .npz or .npy file")
    return path
