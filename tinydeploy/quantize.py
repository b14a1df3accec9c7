"""`quantize`: a trained model becomes a `QuantizedModel`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tinydeploy.graph import Graph


@dataclass(frozen=True)
class QuantizedModel:
    """A .tflite and what is known about it. `calibration` are plain facts for the report."""

    name: str
    tflite: bytes
    sha256: str
    scheme: str
    graph: Graph
    source: str
    calibration: Mapping[str, str | int | float]
