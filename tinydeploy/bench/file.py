"""`read_bench`: bench.toml, the one file that says what is run where and what it may cost."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from tinydeploy.engines import ENGINES
from tinydeploy.errors import UsageError, did_you_mean
from tinydeploy.graph import MODES
from tinydeploy.schemes import SCHEMES
from tinydeploy.training.recipe import NOTHING, Recipe

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE_NAME = "bench.toml"
MOST = ("instructions", "us", "flash_bytes", "ram_bytes", "arena_bytes")
LEAST = ("accuracy",)
T = TypeVar("T")


@dataclass(frozen=True)
class Model:
    """`[models.NAME]`. Each file of `labels` makes cells of its own; their builds are shared. The
    rest is for schemes that train: labelled samples, and what is left out has its default."""

    path: Path
    calib: Path | None = None
    labels: tuple[Path, ...] = ()
    train: Path | None = None
    epochs: int = NOTHING.epochs
    sparsity: float = NOTHING.sparsity
    clusters: int = NOTHING.clusters

    @property
    def recipe(self) -> Recipe:
        """How schemes that train do so."""
        return Recipe(self.train, self.epochs, self.sparsity, self.clusters)


@dataclass(frozen=True)
class Block:
    """`[[matrix]]`: all combinations of these. An empty `engines` is each board's first; `samples`
    are how many, of a model without labels."""

    boards: tuple[str, ...]
    models: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ("int8",)
    optimize: tuple[str, ...] = MODES[:1]
    samples: tuple[int, ...] = (20,)
    runs: int = 10


@dataclass(frozen=True)
class Budget:
    """`[[budget]]`: what the cells that it names may cost at most; accuracy is a share of 1 and at
    least. A name that is left out is any, `*` in a name any letters."""

    model: str = "*"
    board: str = "*"
    engine: str = "*"
    scheme: str = "*"
    optimize: str = "*"
    instructions: float | None = None
    us: float | None = None
    flash_bytes: float | None = None
    ram_bytes: float | None = None
    arena_bytes: float | None = None
    accuracy: float | None = None


@dataclass(frozen=True)
class Attached:
    """`[[inventory]]`: one real board, in the fields of a Zephyr twister hardware map.

    `platform` is the board's id in tinydeploy. Its port is `port`, or `serial` as a path, or the
    one whose USB serial number is `serial`, or `id`; without any the one with the board's USB ids.
    """

    platform: str
    id: str = ""
    product: str = ""
    serial: str = ""
    port: str = ""
    baud: int = 0
    connected: bool = True


@dataclass(frozen=True)
class Bench:
    """One bench.toml. `results` is where the results go, `boards` a folder of one's own boards."""

    path: Path
    results: Path
    boards: Path | None
    models: Mapping[str, Model]
    matrix: tuple[Block, ...]
    budgets: tuple[Budget, ...]
    inventory: tuple[Attached, ...]

    @property
    def work(self) -> Path:
        """Conversions, builds and finished cells, which later runs take up."""
        return self.path.parent / "build" / "bench"


_TOP = ("results", "boards", "models", "matrix", "budget", "inventory")


def read_bench(path: Path) -> Bench:
    """The bench in `path`; UsageError for what is missing, unknown or of the wrong type."""
    if not path.is_file():
        raise UsageError(f"no bench file {path}", "docs/bench.md shows one; --file names another")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", "mend the file's TOML syntax") from None
    _known(table, _TOP, str(path))
    folder = path.parent
    models = {
        name: _make(Model, entry, f"{path}: [models.{name}]", folder)
        for name, entry in _table(table, "models", path).items()
    }
    matrix = _tables(Block, table, "matrix", path)
    for block in matrix:
        _check_block(block, models, path)
    if not models or not matrix:
        raise UsageError(f"{path}: no [models.NAME] or no [[matrix]]", "docs/bench.md shows both")
    own = table.get("boards")
    return Bench(
        path=path,
        results=folder / _check(table.get("results", "results"), "str", f"{path}: results", folder),
        boards=None if own is None else folder / _check(own, "str", f"{path}: boards", folder),
        models=models,
        matrix=matrix,
        budgets=_tables(Budget, table, "budget", path),
        inventory=_tables(Attached, table, "inventory", path),
    )


def _table(table: Mapping[str, Any], key: str, path: Path) -> Mapping[str, Any]:
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise UsageError(f"{path}: {key} must be tables", f"write [{key}.NAME]")
    return found


def _tables(cls: type[T], table: Mapping[str, Any], key: str, path: Path) -> tuple[T, ...]:
    found = table.get(key, [])
    if not isinstance(found, list):
        raise UsageError(f"{path}: {key} must be a list of tables", f"write [[{key}]]")
    return tuple(
        _make(cls, entry, f"{path}: [[{key}]] {number}", path.parent)
        for number, entry in enumerate(found, 1)
    )


def _known(table: Iterable[str], known: Iterable[str], where: str) -> None:
    names = list(known)
    for key in table:
        if key not in names:
            raise UsageError(f"{where}: unknown key {key!r}", did_you_mean(key, names))


def _make(cls: type[T], table: Any, where: str, folder: Path) -> T:
    """A dataclass from a TOML table whose keys are known and complete, of the right types."""
    if not isinstance(table, dict):
        raise UsageError(f"{where} must be a table", f"it is {table!r}")
    known = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]
    _known(table, known, where)
    missing = [k for k, f in known.items() if k not in table and f.default is MISSING]
    if missing:
        raise UsageError(f"{where}: missing {', '.join(missing)}", "docs/bench.md tells every key")
    return cls(
        **{
            key: _check(value, str(known[key].type), f"{where}: {key}", folder)
            for key, value in table.items()
        }
    )


def _check(value: Any, annotation: str, where: str, folder: Path) -> Any:
    """`value` as what the annotation says; a single value stands for a list of one."""
    if annotation.startswith("tuple["):
        inner = annotation[len("tuple[") :].partition(",")[0]
        values = value if isinstance(value, list) else [value]
        if not values:
            raise UsageError(f"{where} is empty", "name one, or leave the key out")
        return tuple(_check(one, inner, where, folder) for one in values)
    annotation = annotation.removesuffix(" | None")
    accepted, told = {
        "Path": ((str,), "text, a path"),
        "str": ((str,), "text"),
        "int": ((int,), "a whole number"),
        "float": ((int, float), "a number"),
        "bool": ((bool,), "true or false"),
    }[annotation]
    if type(value) not in accepted:
        raise UsageError(f"{where} must be {told}", f"it is {value!r}")
    if annotation in ("int", "float") and value < 0:
        raise UsageError(f"{where} must not be negative", f"it is {value!r}")
    return folder / value if annotation == "Path" else value


def _check_block(block: Block, models: Mapping[str, Model], path: Path) -> None:
    for names, known, what in (
        (block.models, models, "model"),
        (block.engines, ENGINES, "engine"),
        (block.schemes, SCHEMES, "scheme"),
        (block.optimize, MODES, "optimize"),
    ):
        for name in names:
            if name not in known:
                raise UsageError(f"{path}: unknown {what} {name!r}", did_you_mean(name, known))
    if min(block.samples) < 1 or block.runs < 1:
        raise UsageError(f"{path}: samples and runs must be at least 1", "mend [[matrix]]")
