"""The command line: the only place that catches errors. Verbs import what is slow when they run."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from tinydeploy import __version__
from tinydeploy.cli.analyze import analyze
from tinydeploy.cli.attached import monitor, ports
from tinydeploy.cli.bench import app as bench
from tinydeploy.cli.bench import compare, report
from tinydeploy.cli.explain import explain
from tinydeploy.cli.explore import explore
from tinydeploy.cli.facts import boards, doctor, ops
from tinydeploy.cli.line import VERBS, init, line_verb, quantize
from tinydeploy.errors import DeviceError, TinydeployError, UsageError, did_you_mean

INTERRUPTED = 130

# What every wrong command line raises. Only some releases of typer export it under a name; the ones
# for Python 3.10 take it from click.
CommandLineError: type[Exception] = typer.BadParameter.__mro__[2]

app = typer.Typer(
    name="tinydeploy",
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _tinydeploy(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A Keras model becomes a verified, measured firmware for a microcontroller, in one command.

    MODEL is a .keras, .h5, SavedModel folder or .tflite; left out, it is read from tinydeploy.toml.
    """


_A_MODELS_WAY = "A model's way"
_MANY_RUNS = "Many runs"
_WHAT_THERE_IS = "What there is"

app.command(rich_help_panel=_A_MODELS_WAY)(init)
app.command(rich_help_panel=_A_MODELS_WAY)(quantize)
app.command(rich_help_panel=_A_MODELS_WAY)(analyze)
app.command(rich_help_panel=_A_MODELS_WAY)(explain)
app.command(rich_help_panel=_A_MODELS_WAY)(explore)
for verb in VERBS:
    app.command(verb, help=VERBS[verb], rich_help_panel=_A_MODELS_WAY)(line_verb(verb))
app.add_typer(bench, name="bench", rich_help_panel=_MANY_RUNS)
app.command(rich_help_panel=_MANY_RUNS)(compare)
app.command(rich_help_panel=_MANY_RUNS)(report)
app.command(rich_help_panel=_WHAT_THERE_IS)(boards)
app.command(rich_help_panel=_WHAT_THERE_IS)(ops)
app.command(rich_help_panel=_WHAT_THERE_IS)(ports)
app.command(rich_help_panel=_WHAT_THERE_IS)(monitor)
app.command(rich_help_panel=_WHAT_THERE_IS)(doctor)


def main() -> None:
    """Entry point of the `tinydeploy` command."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code."""
    as_json = "--json" in arguments
    try:
        _check_verb(arguments)
        # Typer returns the code of a `typer.Exit`, its own for Ctrl-C, and nothing otherwise.
        code = int(app(args=arguments or ["--help"], standalone_mode=False) or 0)
    except TinydeployError as error:
        last_lines = error.last_lines if isinstance(error, DeviceError) else ()
        kind = type(error).__name__ if not isinstance(error, DeviceError) else DeviceError.__name__
        return _fail(kind, error.message, error.hint, error.exit_code, as_json, last_lines)
    except CommandLineError as error:
        return _fail("UsageError", *_what_was_wrong(error), UsageError.exit_code, as_json)
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    if code == INTERRUPTED:
        return _fail("Interrupted", "interrupted", "", INTERRUPTED, as_json)
    return code


def verbs() -> list[str]:
    """The names of all verbs."""
    commands = [c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands]
    return [str(name) for name in (*commands, *(group.name for group in app.registered_groups))]


def _check_verb(arguments: list[str]) -> None:
    """UsageError for an unknown verb; no option before the verb takes a value."""
    verb = next((word for word in arguments if not word.startswith("-")), None)
    if verb is not None and verb not in verbs():
        raise UsageError(f"unknown verb {verb!r}", did_you_mean(verb, verbs()))


def _what_was_wrong(error: Any) -> tuple[str, str]:
    """Message and hint of a `CommandLineError`."""
    command = error.ctx.command_path if getattr(error, "ctx", None) else "tinydeploy"
    return " ".join(error.format_message().split()), f"{command} --help"


def _fail(
    kind: str,
    message: str,
    hint: str,
    code: int,
    as_json: bool,
    last_lines: tuple[str, ...] = (),
) -> int:
    """Say what went wrong on stderr and, with `--json`, as the one document on stdout."""
    if as_json:
        error: dict[str, Any] = {
            "kind": kind,
            "message": message,
            "hint": hint,
            "exit_code": code,
        }
        if last_lines:
            error["last_lines"] = list(last_lines)
        print(json.dumps({"error": error}, indent=2))
    print(f"Error: {message}", file=sys.stderr)
    for line in last_lines:
        print(f"  the board said: {line}", file=sys.stderr)
    if hint:
        print(f"Hint: {hint}", file=sys.stderr)
    return code
