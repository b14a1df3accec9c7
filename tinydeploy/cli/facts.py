"""Verbs that tell what there is: boards, ops, doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tinydeploy.board import board_ids, load_board
from tinydeploy.cli.options import JsonOption, own_boards
from tinydeploy.cli.output import print_json, print_rich
from tinydeploy.errors import ToolError

if TYPE_CHECKING:
    from tinydeploy.board import Board

MarkdownOption = Annotated[bool, typer.Option("--markdown", help="The table as Markdown.")]


def boards(as_json: JsonOption = False, markdown: MarkdownOption = False) -> None:
    """List every board: cpu, clock, flash, RAM, engines, runners."""
    own = own_boards()
    known = [load_board(name, own) for name in board_ids(own)]
    if as_json:
        print_json([_board_document(board) for board in known])
        return
    head = ["board", "name", "cpu", "MHz", "flash", "RAM", "engines", "runners", "on silicon"]
    show_table(head, [_board_row(board) for board in known], "MHz flash RAM", markdown)


def _board_document(board: Board) -> dict[str, object]:
    return {
        "id": board.id,
        "name": board.name,
        "cpu": board.cpu,
        "clock_hz": board.clock_hz,
        "flash_bytes": board.flash_bytes,
        "ram_bytes": board.ram_bytes,
        "engines": list(board.engines),
        "runners": list(board.runners),
        "silicon": board.silicon,
        "framework": board.platformio.framework,
        "registry": bool(board.platformio.platform),
    }


def _board_row(board: Board) -> list[str]:
    clock = f"{board.clock_hz / 1e6:g}" if board.cpu != "native" else "-"
    limit = [
        f"{size // 1024:,} KB" if board.cpu != "native" else "-"
        for size in (board.flash_bytes, board.ram_bytes)
    ]
    runners = ", ".join(board.runners) or "-"
    silicon = board.silicon or ("not yet" if "serial" in board.runners else "-")
    engines = ", ".join(board.engines)
    return [board.id, board.name, board.cpu, clock, *limit, engines, runners, silicon]


def ops(as_json: JsonOption = False, markdown: MarkdownOption = False) -> None:
    """List every operator that the engines run: on which types and CPUs, and what it is."""
    from tinydeploy.ops import OPS, dtypes
    from tinydeploy.ops.missing import OF_TFLM

    known = [load_board(name) for name in board_ids()]
    cpus = sorted({board.cpu for board in known if "aot" in board.engines})
    rows = [
        {
            "op": name,
            "dtypes": list(dtypes(name)),
            "cpus": cpus,
            "resolver": op.resolver,
            "what": _summary(name, op.__doc__ or ""),
        }
        for name, op in sorted(OPS.items())
    ]
    if as_json:
        lacking = {"dtypes": [], "cpus": [], "resolver": ""}
        missing = [
            {"op": name, **lacking, "what": f"not run: {way}"} for name, way in OF_TFLM.items()
        ]
        print_json([*rows, *missing])
        return
    head = ["operator", "engine aot", "engine tflm", "what"]
    table = [
        [
            name,
            ", ".join(dtypes(name)) or "-",
            "yes" if op.resolver else "no",
            _summary(name, op.__doc__ or ""),
        ]
        for name, op in sorted(OPS.items())
    ]
    show_table(head, table, "", markdown)
    if markdown:
        print(f"\nThe aot engine runs each of them on every CPU: {', '.join(cpus)}.\n")
    else:
        print()
    print(
        "Of TensorFlow Lite Micro's operators these run in neither engine, each with a way out:\n"
    )
    show_table(["operator", "instead"], [list(pair) for pair in OF_TFLM.items()], "", markdown)


def _summary(op: str, text: str) -> str:
    """The first line of an operator's docstring, without the operator's name before it."""
    return text.split("\n")[0].rstrip(".").removeprefix(op).removeprefix(":").lstrip(", ")


def doctor(
    as_json: JsonOption = False,
    network: Annotated[
        bool, typer.Option("--network", help="Also try PlatformIO's registry.")
    ] = False,
) -> None:
    """Tell what is installed, what is missing and how to get it; fails when something needed is."""
    from tinydeploy.doctor import examine

    checks = examine(network=network)
    missing = [check for check in checks if check.needed and not check.ok]
    if as_json:
        print_json({"ok": not missing, "checks": [check.__dict__ for check in checks]})
    else:
        rows = []
        for check in checks:
            verdict = "ok" if check.ok else "MISSING" if check.needed else "not there"
            rows.append([verdict, check.name, check.found, "" if check.ok else check.hint])
        show_table(["", "what", "found", "how to get it"], rows, "", markdown=False)
    if missing:
        raise typer.Exit(ToolError.exit_code)


def show_table(
    head: list[str], rows: list[list[str]], right: str = "", markdown: bool = False
) -> None:
    """Print rows under a head; columns named in `right` are aligned to the right."""
    if markdown:
        print(markdownshow_table(head, rows, right))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in head:
        table.add_column(column, justify="right" if column in right.split() else "left")
    for row in rows:
        table.add_row(*row)
    print_rich(table)


def markdownshow_table(head: list[str], rows: list[list[str]], right: str) -> str:
    """The same table as GitHub's Markdown."""
    rule = ["---:" if column in right.split() else "---" for column in head]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rule, *rows))
