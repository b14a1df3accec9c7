"""MLPerf Tiny's public runner against our firmware: its side of a conversation, replayed.

dialogues/*.txt are what the runner of mlcommons/tiny (commit 1afd2c9, `main.py -m a`, two files of
made-up data) sent over a pty to these models on the emulated board, and what it was answered; only
the times are left out. docs/mlperf.md tells how.
"""

from __future__ import annotations

import re
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import toy

sys.path.append(str(Path(__file__).parents[1] / "unit"))  # flatbuffers of a few tensors

from flatbuffer_models import N, T, tflite_bytes

from tinydeploy import mlperf, project
from tinydeploy.build import build
from tinydeploy.cli import run
from tinydeploy.engines import aot
from tinydeploy.errors import UnsupportedOp
from tinydeploy.quantize import QuantizedModel
from tinydeploy.runners.pty import Pty, open_pty, running
from tinydeploy.tflite import read
from tinydeploy.tools import sha256

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
READY = b"m-ready\r\n"
OUTPUTS = {"ad": 640, "ic": 10, "kws": 12}
SCALES = {"ad": 0.5, "ic": 1 / 256, "kws": 0.25}
ZERO_POINTS = {"ad": 5, "ic": -128, "kws": 3}


def model(name: str) -> bytes:
    """One Dense layer of random weights, with the inputs and outputs of benchmark `name`."""
    random = np.random.default_rng(7)
    inputs, outputs = mlperf.BENCHMARKS[name].items, OUTPUTS[name]
    weights = random.integers(-127, 128, (outputs, inputs), np.int8)
    bias = random.integers(-500, 500, outputs, np.int32)
    scale, zero_point = SCALES[name], ZERO_POINTS[name]
    tensors = [
        T("input", (1, inputs), scale=scale, zero_point=zero_point),
        T("filter", weights.shape, scale=0.01, data=weights),
        T("bias", (outputs,), "int32", scale=scale * 0.01, data=bias),
        T("output", (1, outputs), scale=scale, zero_point=zero_point),
    ]
    return tflite_bytes(tensors, [N("FULLY_CONNECTED", (0, 1, 2), (3,))], (0,), (3,))


def quantized(name: str) -> QuantizedModel:
    data = model(name)
    return QuantizedModel(name, data, sha256(data), "int8", read(data, name), "", {})


def rendered(name: str, board_id: str = "host") -> project.Project:
    made, board = quantized(name), toy.board(board_id)
    return project.render(mlperf.apply(aot.plan(made, board, "balanced"), made.graph, name), board)


@pytest.fixture(scope="module", params=sorted(OUTPUTS))
def device(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Pty]]:
    """The firmware of a benchmark on this machine, booted."""
    name = request.param
    elf = build(rendered(name), tmp_path_factory.mktemp(name)).elf
    with open_pty() as line, running([str(elf)], line.theirs, line.theirs):
        heard(line)
        yield name, line


def heard(line: Pty) -> bytes:
    data, end = b"", time.monotonic() + 10
    while not data.endswith(READY):
        assert time.monotonic() < end, f"only {data[-200:]!r} came"
        data += line.read(0.1)
    return data


def dialogue(name: str) -> list[tuple[bytes, bytes]]:
    """What was asked, and what was answered."""
    text = (HERE / "dialogues" / f"{name}.txt").read_text(encoding="ascii")
    pairs: list[tuple[bytes, bytes]] = []
    for line in text.splitlines():
        if line.startswith("> "):
            pairs.append((line[2:].encode(), b""))
        else:
            asked, answer = pairs[-1]
            pairs[-1] = (asked, answer + line[2:].encode() + b"\r\n")
    return pairs


def timeless(answer: bytes) -> bytes:
    return re.sub(rb"m-lap-us-\d+", b"m-lap-us-N", answer)


def test_the_recorded_runner_is_answered_byte_for_byte(device: tuple[str, Pty]) -> None:
    name, line = device
    pairs = dialogue(name)
    assert len(pairs) > 10 and pairs[0][0] == b"name%"
    for asked, answer in pairs:
        line.write(asked)
        assert timeless(heard(line)) == answer, asked


def test_results_are_those_of_the_inputs(device: tuple[str, Pty]) -> None:
    """Computed here from the bytes that the runner sent: the encoding is the benchmark's own."""
    name, _ = device
    sent = b""
    for asked, answer in dialogue(name):
        words = asked.rstrip(b"%").split()
        if words[:2] == [b"db", b"load"]:
            sent = b""
        elif words[0] == b"db":
            sent += bytes.fromhex(words[1].decode())
        elif words[0] == b"infer":
            results = re.search(rb"m-results-\[(.*)\]", answer)
            assert results is not None
            told = [float(value) for value in results[1].split(b",")]
            assert told == pytest.approx(expected(name, sent), rel=2e-6, abs=0.00051)


def expected(name: str, sent: bytes) -> list[float]:
    """What the benchmark's own firmware would print, by the reference interpreter."""
    from tinydeploy.oracle import open_oracle

    scale, zero_point = np.float32(SCALES[name]), ZERO_POINTS[name]
    if name == "ad":
        window = np.frombuffer(sent, np.float32)
        scaled = window / scale
        rounded = np.trunc(scaled + np.copysign(np.float32(0.5), scaled)) + zero_point
        values = np.clip(rounded, -128, 127).astype(np.int8)
    elif name == "ic":
        values = (np.frombuffer(sent, np.uint8).astype(np.int16) - 128).astype(np.int8)
    else:
        values = np.frombuffer(sent, np.int8)
    (output,) = open_oracle(model(name)).run([values.tobytes()])
    real = (np.frombuffer(bytes(output), np.int8).astype(np.float32) - zero_point) * scale
    return [float(np.mean((real - window) ** 2))] if name == "ad" else [float(r) for r in real]


def test_what_db_holds_is_what_was_sent(device: tuple[str, Pty]) -> None:
    name, line = device
    size = mlperf.BENCHMARKS[name].items * (4 if name == "ad" else 1)
    line.write(b"db load %d%%" % (size + 1))
    assert b"exceeds maximum of %d\n" % size in heard(line)
    data = struct.pack("<2f", 1.5, -2.0)
    line.write(b"db load 8%")
    assert heard(line) == b"m-[Expecting 8 bytes]\r\n" + READY
    line.write(b"db " + data.hex().encode() + b"%")
    assert heard(line) == b"m-load-done\r\n" + READY
    line.write(b"db print%")
    assert heard(line) == b"m-buffer-" + "-".join(f"{b:02x}" for b in data).encode() + (
        b"\r\n" + READY
    )


def test_another_benchmark_is_another_build() -> None:
    made, board = quantized("kws"), toy.board("host")
    plain = project.render(aot.plan(made, board, "balanced"), board)
    assert plain.build_id != rendered("kws").build_id
    assert "src/td_encoding_raw.c" in plain.files
    assert "src/td_encoding_float32.c" in rendered("ad").files
    assert "src/td_encoding_raw.c" not in rendered("ad").files


@pytest.mark.parametrize(
    ("name", "benchmark", "said"),
    [
        ("kws", "ic", "490 values, not 3072"),
        ("kws", "ad", "12 values, not 640"),
        ("ic", "kws", "3072 values, not 490"),
    ],
)
def test_a_model_of_another_benchmark_is_refused(name: str, benchmark: str, said: str) -> None:
    made, board = quantized(name), toy.board("host")
    with pytest.raises(UnsupportedOp, match=said):
        mlperf.apply(aot.plan(made, board, "balanced"), made.graph, benchmark)


def test_pixels_need_their_zero_point() -> None:
    made, board = quantized("ic"), toy.board("host")
    graph = made.graph
    tensors = list(graph.tensors)
    tensors[0] = replace(tensors[0], zero_points=(0,))
    with pytest.raises(UnsupportedOp, match="zero point"):
        mlperf.apply(
            aot.plan(made, board, "balanced"), replace(graph, tensors=tuple(tensors)), "ic"
        )


def test_an_unknown_benchmark_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    tiny = str(HERE.parents[1] / "tests" / "golden" / "tiny.tflite")
    assert run(["generate", tiny, "--board", "host", "--mlperf", "kvs"]) == 2
    assert "did you mean 'kws'?" in capsys.readouterr().err
