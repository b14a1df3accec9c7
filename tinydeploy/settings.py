"""`Settings`: what tinydeploy.toml of a folder says, so that it need not be typed."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, fields
from pathlib import Path

from tinydeploy.errors import UsageError, did_you_mean
from tinydeploy.tools import write_atomic

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE_NAME = "tinydeploy.toml"
_PATHS = ("model", "calib", "labels", "boards", "train")
_NUMBERS: dict[str, type[int] | type[float]] = {"epochs": int, "sparsity": float, "clusters": int}
_EXAMPLES = {"epochs": 40, "sparsity": 0.8, "clusters": 16}


@dataclass(frozen=True)
class Settings:
    """One tinydeploy.toml. Paths are None, words empty and numbers 0 where the file says nothing.

    `boards` is a folder of one's own boards, `mlperf` a benchmark of MLPerf Tiny, `classes` the
    names of what the model tells apart, with commas between them.
    """

    model: Path | None = None
    calib: Path | None = None
    labels: Path | None = None
    scheme: str = ""
    engine: str = ""
    board: str = ""
    optimize: str = ""
    boards: Path | None = None
    mlperf: str = ""
    classes: str = ""
    train: Path | None = None
    epochs: int = 0
    sparsity: float = 0.0
    clusters: int = 0


def read_settings(folder: Path) -> Settings | None:
    """The settings in `folder`, with paths relative to it; None when it has no tinydeploy.toml.

    UsageError for a file that is no TOML, an unknown key or a value that is no text.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        return None
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", 'write lines such as board = "mps2-an386"') from None
    known = [field.name for field in fields(Settings)]
    for key, value in table.items():
        if key not in known:
            raise UsageError(f"{path}: unknown key {key!r}", did_you_mean(key, known))
        if key in _NUMBERS:
            if type(value) is not _NUMBERS[key] or not value > 0:
                raise UsageError(f"{path}: {key} = {value!r}", f"write {key} = {_EXAMPLES[key]}")
            continue
        if not isinstance(value, str) or not value:
            raise UsageError(f"{path}: {key} must be text", f'write {key} = "…"; it is {value!r}')
    paths = {key: folder / table.pop(key) for key in _PATHS if key in table}
    return Settings(**paths, **table)


def write_settings(settings: Settings, folder: Path, overwrite: bool = False) -> Path:
    """Write `settings` as the tinydeploy.toml of `folder`, leaving out what is not set.

    Paths are written relative to `folder` where they lie in it, else absolute. UsageError when
    there is a file already, unless `overwrite`.
    """
    path = folder / FILE_NAME
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists already", "edit it, or remove it first")
    lines = []
    for field in fields(settings):
        value = getattr(settings, field.name)
        if value:
            if field.name in _NUMBERS:
                lines.append(f"{field.name} = {value!r}\n")
                continue
            text = _relative(value, folder) if field.name in _PATHS else value
            # A JSON string is a TOML string too, as long as it holds no surrogate pair's escapes.
            lines.append(f"{field.name} = {json.dumps(text, ensure_ascii=False)}\n")
    write_atomic(path, "".join(lines).encode())
    return path


def _relative(path: Path, folder: Path) -> str:
    absolute, root = path.resolve(), folder.resolve()
    inside = absolute.is_relative_to(root)
    return (absolute.relative_to(root) if inside else absolute).as_posix()
