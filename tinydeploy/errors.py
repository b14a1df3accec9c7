"""Errors a user can cause: an exit code, one line of what is wrong, one hint what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class TinydeployError(Exception):
    """Base of all errors a user can cause; `exit_code` is what the command ends with."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nHint: {self.hint}" if self.hint else self.message


class UsageError(TinydeployError):
    """A wrong name, path, option, file or data set."""

    exit_code = 2


class UnsupportedOp(TinydeployError):
    """The engine cannot run the model; all reasons are listed, not the first."""

    exit_code = 3


class DoesNotFit(TinydeployError):
    """Flash or RAM of the board is too small: needed, available and the three largest users."""

    exit_code = 4


class ToolError(TinydeployError):
    """A program is missing or failed: the command and its last lines. `output` is all that it
    printed."""

    exit_code = 5

    def __init__(self, message: str, hint: str = "", output: str = "") -> None:
        super().__init__(message, hint)
        self.output = output


class DeviceError(TinydeployError):
    """No port, silence, a wrong build, or an error the firmware reported. `last_lines` are those
    that the board sent before."""

    exit_code = 6

    def __init__(self, message: str, hint: str = "", last_lines: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint)
        self.last_lines = last_lines


class ArenaTooSmall(DeviceError):
    """The firmware does not start with an arena of `have` bytes; `needed` is 0 when the board does
    not know how many it takes."""

    def __init__(
        self, message: str, hint: str, last_lines: tuple[str, ...], needed: int, have: int
    ) -> None:
        super().__init__(message, hint, last_lines)
        self.needed = needed
        self.have = have


class Mismatch(TinydeployError):
    """The output differs from the oracle: first index, count, maximal difference, first layer."""

    exit_code = 7


class BenchFailed(TinydeployError):
    """A cell of a bench failed, or a comparison found what is slower, larger or less accurate."""

    exit_code = 8


class Unlike(TinydeployError):
    """Results that cannot be compared: another board, engine, clock, compiler or model."""

    exit_code = 9


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint that names the closest known word, or all of them when none is close."""
    words = sorted(known)
    close = get_close_matches(name, words, n=1)
    return f"did you mean {close[0]!r}?" if close else "known: " + ", ".join(words)
