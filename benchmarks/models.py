"""The models that are measured: four built here, and real files where there are any."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import tinydeploy
from tinydeploy.graph import Graph
from tinydeploy.ops import OPS
from tinydeploy.tflite import read
from tinydeploy.tools import call

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "bench"
SHARED = ROOT.parent / "shared" / "models"
SEEDED = ("kws", "vww", "resnet", "ad")
_CONVERT_S = 600


@dataclass(frozen=True, eq=False)
class Model:
    """An int8 .tflite; `seeded` when it was built here, else it is a file beside the project."""

    name: str
    path: Path
    tflite: bytes
    graph: Graph
    seeded: bool

    @property
    def macs(self) -> int:
        """Multiply-accumulates per inference."""
        return sum(OPS[n.op].macs(self.graph, n) for n in self.graph.nodes if n.op in OPS)

    @property
    def facts(self) -> dict[str, str | int]:
        """What a reader needs to know of the model."""
        return {
            "made": "Keras, seeded weights" if self.seeded else "file, trained",
            "MACs": self.macs,
            ".tflite bytes": len(self.tflite),
            "constants in it, bytes": self.constant_bytes,
            "SHA-256": sha256(self.tflite).hexdigest(),
        }

    @property
    def constant_bytes(self) -> int:
        """Bytes of the constants inside the .tflite: filters and biases, without its container."""
        return sum(t.bytes for t in self.graph.tensors if t.data is not None)


def models(patterns: list[str]) -> list[Model]:
    """The models whose names match one of the glob `patterns`, or all; made where missing."""

    def wanted(name: str) -> bool:
        return not patterns or any(fnmatch(name, pattern) for pattern in patterns)

    found = [load(seeded(name), name, True) for name in SEEDED if wanted(name)]
    for path in sorted(SHARED.glob("*.tflite")):
        if wanted(path.stem):
            model = load(path, path.stem, False)
            if model.graph.tensor(model.graph.inputs[0]).dtype == "int8":
                found.append(model)
    return found


def load(path: Path, name: str, seeded: bool = False) -> Model:
    """The model in a file."""
    tflite = path.read_bytes()
    return Model(name, path, tflite, read(tflite, name), seeded)


def seeded(name: str) -> Path:
    """The .tflite of an architecture with seeded weights, in the int8 scheme; made once."""
    path = BUILD / "models" / _key() / f"{name}.tflite"
    if not path.is_file():
        print(f"bench: builds and quantizes {name}", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "benchmarks.architectures", name, str(path)]
        call(command, timeout_s=_CONVERT_S, cwd=ROOT)
    return path


def _key() -> str:
    """Changes with whatever could change a converted model."""
    package = Path(tinydeploy.__file__).parent
    sources = [
        Path(__file__).with_name("architectures.py"),
        package / "convert.py",
        *sorted((package / "schemes").glob("*.py")),
    ]
    digest = sha256(version("tensorflow").encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]
