"""ENGINES: what executes the graph on the board."""

from __future__ import annotations

from typing import Protocol

from tinydeploy.board import Board
from tinydeploy.engines import aot, tflm
from tinydeploy.plan import Plan
from tinydeploy.quantize import QuantizedModel


class Engine(Protocol):
    """What a module in `engines/` gives."""

    def plan(self, model: QuantizedModel, board: Board, optimize: str) -> Plan:
        """Everything about the firmware that is known before it is compiled.

        `optimize` is `balanced`, `speed` or `size`; an engine without that choice ignores it.
        Raises UnsupportedOp with all operators the engine cannot run.
        """


ENGINES: dict[str, Engine] = {"aot": aot, "tflm": tflm}
