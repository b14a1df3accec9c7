"""The options that verbs share, and the `Job` they describe."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from tinydeploy.board import board_ids, load_board
from tinydeploy.errors import UsageError, did_you_mean
from tinydeploy.graph import MODES
from tinydeploy.training.recipe import NOTHING, Recipe

if TYPE_CHECKING:
    from tinydeploy.board import Board
    from tinydeploy.deploy import Job
    from tinydeploy.settings import Settings


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
SchemeOption = Annotated[
    str,
    typer.Option(
        "--scheme",
        metavar="NAME",
        help="float32, float16, dynamic, int8, int8-per-tensor, int16x8, int4; with --train "
        "int8-qat, pruned, clustered, pruned-clustered, deep-compressed.",
    ),
]
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
TrainOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--train", metavar="FILE", help=".npz of x and y, for schemes that train."),
]
EpochsOption = Annotated[
    int, typer.Option("--epochs", min=0, metavar="N", help="Times the examples are trained on; 40.")
]
SparsityOption = Annotated[
    float, typer.Option("--sparsity", min=0, metavar="SHARE", help="Zeros in a pruned layer; 0.8.")
]
ClustersOption = Annotated[
    int, typer.Option("--clusters", min=0, metavar="N", help="Values of a clustered layer; 16.")
]
PortOption = Annotated[
    str, typer.Option("--port", "-p", metavar="PORT", help="Serial port; see `tinydeploy ports`.")
]
BaudOption = Annotated[
    int, typer.Option("--baud", min=0, metavar="N", help="Speed of the serial line; the board's.")
]
MlperfOption = Annotated[
    str, typer.Option("--mlperf", metavar="WHAT", help="Inputs as MLPerf Tiny's ad, ic, kws, vww.")
]
RecordOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--record", metavar="FILE", help="Keep the conversation with the board in FILE."),
]
ReplayOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--replay", metavar="FILE", help="Talk to a file of --record, not to a board."),
]
TflmDirOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--tflm-dir",
        metavar="TREE",
        help="Engine tflm: sources by upstream's create_tflm_tree.py. Or TINYDEPLOY_TFLM_DIR.",
    ),
]
RequireOptimizedOption = Annotated[
    bool, typer.Option("--require-optimized", help="Fail when a reference kernel was linked.")
]
ArenaOption = Annotated[
    str, typer.Option("--arena", metavar="WHERE", help="ESP32s with PSRAM: internal or psram.")
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
    port: str = ""
    baud: int = 0
    mlperf: str = ""
    record: Path | None = None
    replay: Path | None = None
    tflm_dir: Path | None = None
    require_optimized: bool = False
    train: Path | None = None
    epochs: int = 0
    sparsity: float = 0.0
    clusters: int = 0
    arena: str = ""


@dataclass(frozen=True)
class Conversion:
    """What `quantize` needs: no board."""

    model: Path
    scheme: str
    calib: Path | None
    labels: Path | None
    recipe: Recipe


def conversion(choices: Choices) -> Conversion:
    """What was typed, else tinydeploy.toml when MODEL was left out, else the defaults."""
    settings = _settings(choices)
    return Conversion(
        model=existing_model(choices.model or settings.model),
        scheme=known_scheme(choices.scheme or settings.scheme),
        calib=existing_file("--calib", choices.calib or settings.calib),
        labels=existing_file("--labels", choices.labels or settings.labels),
        recipe=Recipe(
            train=existing_file("--train", choices.train or settings.train),
            epochs=choices.epochs or settings.epochs or NOTHING.epochs,
            sparsity=choices.sparsity or settings.sparsity or NOTHING.sparsity,
            clusters=choices.clusters or settings.clusters or NOTHING.clusters,
        ),
    )


def job(choices: Choices) -> Job:
    """The job: what was typed, else tinydeploy.toml when MODEL was left out, else the defaults.

    UsageError names what is missing or unknown.
    """
    from tinydeploy.deploy import Job
    from tinydeploy.espidf import with_arena
    from tinydeploy.mlperf import known_benchmark
    from tinydeploy.ports import Wanted

    settings, convert = _settings(choices), conversion(choices)
    name = choices.board or settings.board
    if not name:
        known = ", ".join(board_ids(own_boards()))
        raise UsageError("no board given", f"add --board ID; known: {known}")
    board = any_board(name)
    if choices.baud:
        board = replace(board, baud=choices.baud)
    if choices.arena:
        board = with_arena(board, choices.arena)
    # The engine of tinydeploy.toml belongs to its board: another board that lacks it has its own.
    kept = settings.engine if not choices.board or settings.engine in board.engines else ""
    engine = choices.engine or kept or board.engines[0]
    check_engine(engine, board)
    if engine == "tflm":
        board = _with_library(board, choices.tflm_dir)
    return Job(
        model=convert.model,
        board=board,
        engine=engine,
        scheme=convert.scheme,
        calib=convert.calib,
        labels=convert.labels,
        folder=choices.output or Path("build") / f"{board.id}-{engine}",
        samples=choices.samples,
        runs=choices.runs,
        optimize=known_optimize(choices.optimize or settings.optimize),
        wanted=Wanted(choices.port),
        mlperf=known_benchmark(choices.mlperf or settings.mlperf),
        record=choices.record,
        replay=_recording(choices.replay),
        require_optimized=choices.require_optimized,
        recipe=convert.recipe,
    )


def _with_library(board: Board, tree: Path | None) -> Board:
    """`board` with the tree of `--tflm-dir`, or of the environment when it has no library."""
    from tinydeploy.tflm_tree import VARIABLE, with_tree

    if tree is None and board.tflm is None and os.environ.get(VARIABLE):
        tree = Path(os.environ[VARIABLE])
    return board if tree is None else with_tree(board, tree)


def any_board(name: str) -> Board:
    """The board of this id or TOML file, also of the folder that tinydeploy.toml names."""
    return load_board(name, own_boards())


def own_boards() -> Path | None:
    """The folder of one's own boards that tinydeploy.toml names."""
    from tinydeploy.settings import Settings, read_settings

    return (read_settings(Path()) or Settings()).boards


def model_path(choices: Choices) -> Path:
    """The model's path, typed or of tinydeploy.toml."""
    return existing_model(choices.model or _settings(choices).model)


def _settings(choices: Choices) -> Settings:
    """tinydeploy.toml, read only when MODEL was left out: its calibration belongs to its model."""
    from tinydeploy.settings import Settings, read_settings

    if choices.model is not None:
        return Settings()
    return read_settings(Path()) or Settings()


def existing_model(path: Path | None) -> Path:
    """The path of a model; UsageError when none is given or nothing is there."""
    if path is None:
        raise UsageError("no model given", "`tinydeploy init MODEL` writes a tinydeploy.toml")
    if not path.exists():
        raise UsageError(f"no such model: {path}", "give a .keras, .h5, SavedModel or .tflite")
    return path


def existing_file(option: str, path: Path | None) -> Path | None:
    """The path given for `option`; UsageError when no file is there."""
    if path is not None and not path.is_file():
        raise UsageError(f"{option}: no such file: {path}", "give a .npz or .npy file")
    return path


def check_engine(name: str, board: Board | None) -> None:
    """UsageError when there is no such engine, or `board` does not have it."""
    from tinydeploy.engines import ENGINES

    if name not in ENGINES:
        raise UsageError(f"unknown engine {name!r}", did_you_mean(name, ENGINES))
    if board is not None and name not in board.engines:
        known = ", ".join(board.engines)
        raise UsageError(f"board {board.id} has no engine {name!r}", f"it has: {known}")


def known_scheme(name: str) -> str:
    """The scheme of this name, the default when empty; UsageError when there is no such."""
    from tinydeploy.schemes import SCHEMES, unknown

    name = name or DEFAULT_SCHEME
    if name not in SCHEMES:
        raise UsageError(*unknown(name))
    return name


def known_optimize(name: str) -> str:
    """What to optimize for, the default when empty; UsageError when there is no such."""
    name = name or MODES[0]
    if name not in MODES:
        raise UsageError(f"unknown --optimize {name!r}", did_you_mean(name, MODES))
    return name


def _recording(path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        raise UsageError(f"--replay: no such file: {path}", "give a file that --record wrote")
    return path
