"""`cells`: what a bench.toml says, as one `Cell` for each thing to deploy, run and prove."""

from __future__ import annotations

import hashlib
import itertools
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path

from tinydeploy import __version__
from tinydeploy.bench.file import Attached, Bench, Block, Budget
from tinydeploy.board import Board, board_file, load_board
from tinydeploy.errors import UsageError
from tinydeploy.quantize import quantize_key
from tinydeploy.tools import call, data_dir, sha256
from tinydeploy.training.recipe import Recipe


@dataclass(frozen=True)
class Cell:
    """One deployment. `places` are the attached boards that may run it; `skip` says why none does;
    `key` is a hash of all that its outcome depends on."""

    id: str
    model: str
    source: Path
    calib: Path | None
    labels: Path | None
    board: Board
    board_file: Path
    engine: str
    scheme: str
    optimize: str
    samples: int
    runs: int
    budgets: tuple[Budget, ...]
    places: tuple[Attached, ...]
    skip: str
    recipe: Recipe
    conversion: str
    build: str
    key: str

    @property
    def is_real(self) -> bool:
        """Whether it needs a real board, of which there is one."""
        return self.board.runners[:1] == ("serial",)


def cells(bench: Bench, pattern: str = "", cluster: bool = False) -> list[Cell]:
    """The cells whose id contains each word of `pattern` (`-k`), each once.

    UsageError for names and files that do not exist and when nothing is left. On a `cluster` the
    programs of this machine do not count.
    """
    found: dict[str, Cell] = {}
    for block in bench.matrix:
        for cell in _block(bench, block, cluster):
            found.setdefault(cell.id, cell)
    words = pattern.split()
    chosen = [cell for cell in found.values() if all(word in cell.id for word in words)]
    if not chosen:
        raise UsageError(f"no cell matches {pattern!r}", f"cells are such as {next(iter(found))}")
    return chosen


def _block(bench: Bench, block: Block, cluster: bool) -> Iterator[Cell]:
    boards = [load_board(name, bench.boards) for name in block.boards]
    for name, board in itertools.product(block.models or bench.models, boards):
        model = bench.models[name]
        for path in (model.path, model.calib, model.train, *model.labels):
            if path is not None and not path.exists():
                raise UsageError(f"{bench.path}: model {name}: no such file: {path}", "mend it")
        axes = itertools.product(
            block.engines or board.engines[:1],
            block.schemes,
            block.optimize,
            model.labels or (None,),
            block.samples if not model.labels else block.samples[:1],
        )
        for engine, scheme, optimize, labels, samples in axes:
            parts = [name, board.id, engine, scheme, optimize]
            parts += [labels.stem] if labels and len(model.labels) > 1 else []
            parts += [f"n{samples}"] if len(block.samples) > 1 and not labels else []
            yield _cell(
                bench, block, parts, board, (engine, scheme, optimize), labels, samples, cluster
            )


def _cell(
    bench: Bench,
    block: Block,
    parts: list[str],
    board: Board,
    how: tuple[str, str, str],
    labels: Path | None,
    samples: int,
    cluster: bool,
) -> Cell:
    model, (engine, scheme, optimize) = bench.models[parts[0]], how
    places = tuple(a for a in bench.inventory if a.platform == board.id and a.connected)
    file = board_file(board.id, bench.boards)
    recipe = model.recipe
    conversion = quantize_key(model.path, scheme, model.calib, labels, recipe=recipe)
    # Labels tell the float model's accuracy and nothing else: what is built is the same.
    same_model = quantize_key(model.path, scheme, model.calib, None, recipe=recipe)
    programs = () if cluster else _programs(board)
    build = sha256(
        "\n".join([same_model, file.read_text("utf-8"), engine, optimize, _ours()]).encode()
    )
    key = [build, conversion, str(samples), str(block.runs), parts[0], *programs]
    return Cell(
        id="-".join(re.sub(r"[^\w.-]+", "_", part) for part in parts),
        model=parts[0],
        source=model.path,
        calib=model.calib,
        labels=labels,
        board=board,
        board_file=file,
        engine=engine,
        scheme=scheme,
        optimize=optimize,
        samples=samples,
        runs=block.runs,
        budgets=tuple(b for b in bench.budgets if _is_for(b, parts)),
        places=places,
        skip=_skip(bench, board, engine, places),
        recipe=recipe,
        conversion=conversion[:16],
        build=build[:16],
        key=sha256("\n".join(key).encode())[:32],
    )


def _is_for(budget: Budget, parts: list[str]) -> bool:
    names = (budget.model, budget.board, budget.engine, budget.scheme, budget.optimize)
    return all(fnmatch(part, name) for part, name in zip(parts, names, strict=False))


def _skip(bench: Bench, board: Board, engine: str, places: tuple[Attached, ...]) -> str:
    if engine not in board.engines:
        return f"board {board.id} has no engine {engine}"
    if not board.runners:
        return f"board {board.id} names no runner"
    listed = [attached for attached in bench.inventory if attached.platform == board.id]
    if listed and not places:
        return f"{bench.path.name} says that no {board.id} is connected"
    return ""


@lru_cache(maxsize=1)
def _ours() -> str:
    """A hash of tinydeploy itself, but for the boards: each cell counts its own."""
    total = hashlib.sha256(f"{__version__} {version('platformio')}".encode())
    package = Path(__file__).resolve().parents[1]
    files = [*package.rglob("*.py")]
    for kind in ("firmware", "templates"):
        files += [path for path in data_dir(kind).rglob("*") if path.is_file()]
    for path in sorted(files):
        if "__pycache__" not in path.parts:
            total.update(f"{path.name} {sha256(path.read_bytes())}\n".encode())
    return total.hexdigest()


def tinydeploy_hash() -> str:
    """A hash of this tinydeploy: workers of a cluster must have the same."""
    return _ours()


def _programs(board: Board) -> tuple[str, ...]:
    """Versions of the programs that build for and emulate `board`."""
    names = [f"{board.baremetal.toolchain}gcc"] if board.baremetal else []
    names += [board.qemu.binary] if board.qemu else []
    return tuple(_version(name) for name in names)


@cache
def _version(program: str) -> str:
    if shutil.which(program) is None:
        return f"no {program}"
    return call([program, "--version"], timeout_s=20).splitlines()[0]
