"""explain on the shipped digits: its figures against others found another way, and its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages import console, outside

from tinydeploy import cli
from tinydeploy.accuracy import dequantize_output, quantize_input
from tinydeploy.dataset import load_samples
from tinydeploy.oracle import open_oracle
from tinydeploy.quantize import QuantizedModel, quantize_cached

pytestmark = pytest.mark.slow

DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, QuantizedModel]]:
    folder = tmp_path_factory.mktemp("models")
    calib, source = DIGITS / "calib.npz", DIGITS / "digits.keras"
    return {
        scheme: (
            folder / scheme / "model.tflite",
            quantize_cached(source, scheme, calib, None, folder / scheme),
        )
        for scheme in ("int8", "float32")
    }


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page") / "page.html"


@pytest.fixture(scope="module")
def document(models: Any, page: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("here"))
        said: list[str] = []
        patch.setattr("builtins.print", lambda *words, **_: said.append(" ".join(map(str, words))))
        given = ["--float", str(models["float32"][0]), "--calib", str(DIGITS / "calib.npz")]
        code = cli.run(["explain", str(models["int8"][0]), *given, "-o", str(page), "--json"])
    assert code == 0
    return json.loads(next(text for text in said if text.startswith("{")))


def test_every_layer_has_its_float_original(document: Any) -> None:
    assert document["unmatched"] == document["notes"] == []
    assert document["samples"] == {"count": 32, "source": "calib.npz"}
    ops = [one["op"] for one in document["layers"] if one["sqnr_db"] is not None]
    assert len(ops) == 6  # all but the RESHAPE, whose error is its input's


def test_the_arithmetic_by_hand_is_the_oracles(document: Any) -> None:
    assert [one["op"] for one in document["examples"]] == [
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "CONV_2D",
        "FULLY_CONNECTED",
    ]
    for one in document["examples"]:
        assert one["code"] == one["found"]
        assert abs(one["rescaled"] - one["exact_rescaled"]) <= 0.51


def test_the_sqnr_of_the_last_layer_is_what_the_outputs_say(models: Any, document: Any) -> None:
    found = {}
    for scheme, (_, model) in models.items():
        graph, oracle = model.graph, open_oracle(model.tflite)
        taken, given = graph.tensor(graph.inputs[0]), graph.tensor(graph.outputs[0])
        samples = load_samples(DIGITS / "calib.npz")[:32]
        outputs = [oracle.run([quantize_input(x, taken)])[0] for x in samples]
        found[scheme] = np.stack([dequantize_output(one, given) for one in outputs])
    noise = np.sum((found["float32"] - found["int8"]).astype(np.float64) ** 2)
    expected = 10 * np.log10(np.sum(found["float32"].astype(np.float64) ** 2) / noise)
    assert document["layers"][-1]["sqnr_db"] == pytest.approx(expected, abs=0.01)


def test_the_largest_errors_are_first(document: Any) -> None:
    values = [document["layers"][index]["sqnr_db"] for index in document["worst"]]
    assert values == sorted(values)


def test_histograms_count_everything_that_was_kept(document: Any) -> None:
    tensors = {one["name"].split(";")[0]: one for one in document["tensors"]}
    weights = tensors["digits_1/pointwise_1/convolution"]
    assert sum(weights["histogram"]["counts"]) == 32 * 16
    assert weights["histogram"]["unit"] == "steps"
    assert len(weights["scales"]) == 32
    assert sum(tensors["digits_1/pool_1/MaxPool2d"]["histogram"]["counts"]) == 32 * 512


def test_one_layer_is_shown_with_all_its_channels(
    models: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    given = ["--calib", str(DIGITS / "calib.npz"), "--layer", "dense"]
    assert cli.run(["explain", str(models["int8"][0]), *given]) == 0
    said = capfd.readouterr().out
    assert "channel 9" in said
    assert "one output by hand" in said
    assert "CONV_2D" not in said


def test_the_page_is_whole_and_quiet(document: Any, page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert outside(text) == []
    assert text.count("<svg") >= 9  # errors, and two for each layer with weights
    assert console(page, tmp_path) == []


def test_a_page_with_an_error_is_noticed(tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    broken.write_text("<html><body><script>missing()</script></body></html>", encoding="utf-8")
    assert console(broken, tmp_path / "profile")
    assert outside(broken.read_text(encoding="utf-8")) == ["<script"]
