"""`scripts/bench`: every engine on every model; writes RESULTS.md, results.json and results.svg."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import cpus, sweep
from benchmarks.engines import ENGINES, chosen
from benchmarks.markdown import markdown, renewed
from benchmarks.models import BUILD, SEEDED, Model, models
from benchmarks.plot import plot
from benchmarks.provenance import provenance
from benchmarks.result import Failure, Result
from tinydeploy.errors import TinydeployError, UsageError
from tinydeploy.tools import write_atomic

HERE = Path(__file__).parent


def main() -> int:
    """The command; 0, or the exit code of the error that ended it."""
    arguments = _arguments()
    try:
        if arguments.what == "sweep":
            sweep.main(arguments.only, BUILD if arguments.only else HERE)
        elif arguments.what == "cpus":
            cpus.main(HERE)
        else:
            _run(arguments.only, arguments.engines)
    except TinydeployError as error:
        print(f"Error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure speed, size and memory of tinydeploy and other engines, emulated; "
        "writes benchmarks/RESULTS.md or SWEEP.md, or into build/bench/ when only a part "
        "is run.",
    )
    parser.add_argument("what", nargs="?", default="models", choices=("models", "sweep", "cpus"))
    parser.add_argument(
        "--only", type=_names, default=[], metavar="NAMES", help="models or shapes: kws,'pre*'"
    )
    parser.add_argument(
        "--engines", type=_names, default=[], metavar="NAMES", help=f"of {', '.join(ENGINES)}"
    )
    return parser.parse_args()


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _run(only: list[str], families: list[str]) -> None:
    engines = chosen(families)
    subjects = models(only)
    if not subjects:
        raise UsageError(f"no model is called {', '.join(only)}", f"known: {', '.join(SEEDED)}")
    outcomes = list(_outcomes(subjects, engines))
    folder = BUILD if only or families else HERE
    write(outcomes, {model.name: model.facts for model in subjects}, engines, folder)
    print(folder / "RESULTS.md")


def _outcomes(subjects: Sequence[Model], engines: Sequence[str]) -> list[Result | Failure]:
    outcomes = []
    for model in subjects:
        for engine in engines:
            print(f"bench: {engine} on {model.name}", file=sys.stderr, flush=True)
            folder = BUILD / "runs" / model.name / engine
            folder.mkdir(parents=True, exist_ok=True)
            outcomes.append(ENGINES[engine].measure(model, engine, folder))
            print(f"bench:   {_summary(outcomes[-1])}", file=sys.stderr, flush=True)
    return outcomes


def _summary(outcome: Result | Failure) -> str:
    if isinstance(outcome, Failure):
        return outcome.reason
    exact = "exact" if not outcome.mismatches else f"{outcome.mismatches} outputs DIFFER"
    return (
        f"{outcome.instructions:,} instructions, {outcome.per_mac:.2f} per MAC, "
        f"code {outcome.code_bytes:,}, model {outcome.model_bytes:,}, "
        f"arena {outcome.arena_bytes:,}, stack {outcome.stack_bytes:,}, {exact}"
    )


def write(
    outcomes: Sequence[Result | Failure],
    subjects: Mapping[str, Mapping[str, str | int]],
    engines: Sequence[str],
    folder: Path,
) -> None:
    """results.json, results.svg and RESULTS.md into `folder`."""
    facts = provenance()
    about = {engine: ENGINES[engine].about(engine) for engine in engines}
    results = [outcome for outcome in outcomes if isinstance(outcome, Result)]
    document = {
        "provenance": facts,
        "engines": about,
        "models": subjects,
        "results": [asdict(result) for result in results],
        "failures": [asdict(f) for f in outcomes if isinstance(f, Failure)],
    }
    write_atomic(folder / "results.json", (json.dumps(document, indent=2) + "\n").encode())
    drawn = [name for name in SEEDED if any(r.model == name for r in results)]
    names = drawn or list(dict.fromkeys(r.model for r in results))
    if results:
        plot(results, names, folder / "results.svg", f"{facts['board']}; {facts['compiler']}")
    path = folder / "RESULTS.md"
    page = markdown(outcomes, subjects, facts, about, "results.svg")
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    write_atomic(path, renewed(before, models=page).encode())


if __name__ == "__main__":
    sys.exit(main())
