"""What goes to stdout (results) and to stderr (everything else)."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any

from tinydeploy.tools import set_verbose

if TYPE_CHECKING:
    from rich.console import RenderableType


def print_json(document: Mapping[str, Any] | list[Any]) -> None:
    """The one JSON document of a command."""
    print(json.dumps(document, indent=2))


def print_rich(*parts: RenderableType) -> None:
    """Text for people on stdout; nothing is cut off when stdout is no terminal."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    if not sys.stdout.isatty():
        console.width = 200
    for part in parts:
        console.print(part)


@contextmanager
def working(verbose: bool) -> Iterator[Callable[[str], None]]:
    """Gives `say`, which shows what is being done and for how long, on stderr.

    Meanwhile stdout is stderr, for the libraries and programs that print to it unasked.
    """
    set_verbose(verbose)
    with _stdout_to_stderr(), _progress() as say:
        yield say


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """On a terminal a spinner on the current step and a line for each past one, else lines.

    A text that differs from the one before only after its first comma is the same step.
    """
    if not sys.stderr.isatty():
        yield lambda text: print(text, file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        step = shown.add_task("", visible=False)
        began = 0.0

        def finish() -> None:
            if began:
                seconds = time.monotonic() - began
                text = f"{shown.tasks[0].description} ({seconds:.1f} s)"
                shown.console.print(text, markup=False, highlight=False)

        def say(text: str) -> None:
            nonlocal began
            if text.partition(",")[0] == shown.tasks[0].description.partition(",")[0]:
                shown.update(step, description=text)
                return
            finish()
            shown.reset(step, description=text, visible=True)
            began = time.monotonic()

        yield say
        finish()
