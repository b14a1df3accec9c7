"""Where the files are that the conversion tests read."""

from __future__ import annotations

from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
DIGITS = _ROOT / "examples/digits"
SHARED_MODELS = _ROOT.parent / "shared/models"
