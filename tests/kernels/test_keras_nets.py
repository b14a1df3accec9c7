"""Random small Keras graphs, quantized and compiled by engine aot: every layer of every one is
bit-exact with the oracle on this machine, under sanitizers, and on the emulated Cortex-M4; or the
graph is refused with the operator named. On the board, whose libm has another last bit, floats
inside of a graph are within the tolerance of check.h (ADR 0091); the integers made of them are
exact.

Stored: keras_nets.xz holds the .tflite of some 480 graphs that hypothesis drew, as TensorFlow 2.21
converted them; they need no TensorFlow. Fresh: each run draws and converts more with a seed of its
own (TINYDEPLOY_KERAS_SEED, else the day), 40 or as many as TINYDEPLOY_KERAS_NETS says; it is told
with a failure, so that `keras_nets.py FILE SEED COUNT` makes them again.
"""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import many
import pytest
import toolchain

pytest.importorskip("tflite_micro")
pytest.importorskip("hypothesis")
import keras_nets
from test_nets import planned

from tinydeploy import tools
from tinydeploy.board import load_board

pytestmark = pytest.mark.slow

FRESH = int(os.environ.get("TINYDEPLOY_KERAS_NETS", "40"))
TODAY = datetime.datetime.now(datetime.timezone.utc).date().toordinal()
SEED = int(os.environ.get("TINYDEPLOY_KERAS_SEED", TODAY))
SAMPLES = 2
AT_ONCE = 130  # nets of one firmware, which fit 4 MB
LEAST_RUN = 0.95  # of the graphs; the rest is refused


def fresh(folder: Path) -> dict[str, bytes]:
    """Graphs drawn and converted now; none where TensorFlow is not installed."""
    if not FRESH or find_spec("tensorflow") is None:
        return {}
    script, file = str(Path(keras_nets.__file__)), folder / "fresh"
    command = [sys.executable, script, str(file), str(SEED), str(FRESH)]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
    subprocess.run(command, check=True, capture_output=True, timeout=900, env=environment)
    return {name: data for name, (_, data) in keras_nets.read(file.read_bytes()).items()}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """All .tflites by name."""
    stored = keras_nets.read(keras_nets.STORE.read_bytes())
    new = fresh(tmp_path_factory.mktemp("fresh"))
    return {**{name: data for name, (_, data) in stored.items()}, **new}


def ready(models: Mapping[str, bytes], board: str) -> tuple[dict[str, many.Net], dict[str, str]]:
    """The nets that run on the board, and why each other is refused."""
    nets, refused = {}, {}
    for name, data in models.items():
        found = planned(data, name, board)
        if isinstance(found, str):
            refused[name] = found
            continue
        model, plan = found
        samples = many.drawn(model.graph, SAMPLES, len(nets))
        left = (tensor for layer in plan.layers for tensor in layer.outputs)
        tensors = {*left, *model.graph.outputs}
        floats = {i for i in tensors if model.graph.tensor(i).dtype == "float32"}
        near = () if board == "host" else floats
        nets[name] = many.expected(data, model.graph, plan, samples, near)
    return nets, refused


def wrong(nets: Mapping[str, many.Net], output: str) -> list[str]:
    """What the program says of nets that are not exact: where each first differs."""
    said = {line.split(" ")[1]: line for line in output.splitlines()}
    return [said.get(name, f"nothing of {name}") for name in nets if said.get(name) != f"ok {name}"]


@pytest.fixture(scope="module")
def host(models: dict[str, bytes]) -> tuple[dict[str, many.Net], dict[str, str]]:
    return ready(models, "host")


def test_enough_graphs_run(
    models: dict[str, bytes], host: tuple[dict[str, many.Net], dict[str, str]]
) -> None:
    nets, _ = host
    assert len(models) >= 500 or not FRESH or find_spec("tensorflow") is None
    assert len(nets) > LEAST_RUN * len(models)
    assert len({layer.op for net in nets.values() for layer in net.plan.layers}) > 50


def test_refusals_name_the_operator(host: tuple[dict[str, many.Net], dict[str, str]]) -> None:
    for name, reason in host[1].items():
        lines = [line.strip() for line in reason.splitlines() if line.startswith("  ")]
        assert lines, f"{name}: {reason}"
        for line in lines:
            assert re.match(r"[A-Z_0-9]+ in layer \d+ \(.*\): \S", line), f"{name}: {line}"


def test_exact_on_this_machine(
    host: tuple[dict[str, many.Net], dict[str, str]], kernels: Path, tmp_path: Path
) -> None:
    nets, _ = host
    files, _ = many.write(tmp_path, nets)
    compile_ = [*toolchain.SANITIZED, f"-I{toolchain.FIRMWARE}", "-c"]
    with ThreadPoolExecutor(2) as two:
        for half in (files[::2], files[1::2]):
            command = [*compile_, *map(str, half)]
            two.submit(tools.call, command, timeout_s=600, cwd=tmp_path)
    elf = tmp_path / "nets"
    objects = [str(tmp_path / f"{file.stem}.o") for file in files]
    main = str(toolchain.HERE / "host.c")
    tools.call(
        [*toolchain.SANITIZED, *objects, main, str(kernels), "-lm", "-o", str(elf)], timeout_s=300
    )
    failed = wrong(nets, tools.call([str(elf)], timeout_s=60))
    assert not failed, f"seed {SEED}: {failed}"


def test_exact_on_the_emulated_board(models: dict[str, bytes], tmp_path: Path) -> None:
    board = load_board("mps2-an386")
    nets, _ = ready(models, board.id)
    names = list(nets)
    kernels: dict[str, Path] = {}
    failed = []
    for start in range(0, len(names), AT_ONCE):
        some = {name: nets[name] for name in names[start : start + AT_ONCE]}
        folder = tmp_path / str(start)
        folder.mkdir()
        files, needed = many.write(folder, some)
        new = [toolchain.FIRMWARE / name for name in needed if name not in kernels]
        made = toolchain.objects(board, [*files, *new], folder, [f"-I{toolchain.FIRMWARE}"])
        kernels.update(
            zip([n for n in needed if n not in kernels], made[len(files) :], strict=True)
        )
        parts = [*made[: len(files)], *(kernels[name] for name in needed)]
        output = toolchain.run(board, toolchain.link(board, parts, folder / "nets.elf"))
        failed += wrong(some, output)
    assert not failed, f"seed {SEED}: {failed}"
