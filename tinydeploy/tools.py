"""Everything outside Python: programs, the data files that ship with the package, atomic writes."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tinydeploy.errors import ToolError

_verbose = False


def set_verbose(on: bool) -> None:
    """Print each command before it runs (`-v`)."""
    global _verbose
    _verbose = on


def data_dir(kind: str) -> Path:
    """The folder `boards`, `templates` or `firmware`, of the checkout or the installed wheel."""
    package = Path(__file__).resolve().parent
    installed = package / "_data" / kind
    return installed if installed.is_dir() else package.parent / kind


def find(program: str, hint: str) -> str:
    """Absolute path of `program` on PATH, or ToolError with how to install it."""
    path = shutil.which(program)
    if path is None:
        raise ToolError(f"{program} is not installed", hint)
    return path


def call(
    command: Sequence[str],
    *,
    timeout_s: float,
    hint: str = "",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run `command` without a shell and return its stdout and stderr, merged.

    ToolError when it is missing, fails or takes longer than `timeout_s` seconds.
    """
    program = find(command[0], hint)
    shown = shlex.join(command)
    if _verbose:
        print(f"$ {shown}", file=sys.stderr, flush=True)
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        said = (expired.stdout or b"").decode(errors="replace")
        raise ToolError(
            f"`{shown}` took longer than {timeout_s:g} s\n{_last(said)}", hint
        ) from None
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        message = f"`{shown}` failed with exit code {done.returncode}\n{_last(text)}"
        raise ToolError(message, hint, output=text)
    return text


def _last(text: str, lines: int = 15) -> str:
    return "\n".join(text.rstrip().splitlines()[-lines:])


def write_atomic(path: Path, data: bytes) -> None:
    """Write `data` so that `path` holds either the old or the new content, never a half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with temporary(path) as draft:
        draft.write_bytes(data)
        draft.chmod(0o666 & ~_umask())
        draft.replace(path)


@contextmanager
def temporary(path: Path) -> Iterator[Path]:
    """A path beside `path` to write to; removed at the end when it was not moved away."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _umask() -> int:
    """What new files of this process may not be; there is no way to ask but to set it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()
