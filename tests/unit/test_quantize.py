from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from flatbuffer_models import N, T, tflite_bytes

from tinydeploy.errors import UsageError
from tinydeploy.quantize import quantize, quantize_cached, quantize_key

FLOAT_IN, FLOAT_OUT = T("in", (1, 4), "float32"), T("out", (1, 4), "float32")
A, B = T("a", (1, 4), "int8", 0.5), T("b", (1, 4), "int8", 0.5)
FILTER = T("filter", (4, 4), "int8", 0.1, 0, np.eye(4, dtype=np.int8))

INT8 = tflite_bytes([A, B], [N("RELU", (0,), (1,))], (0,), (1,))
BORDERED = tflite_bytes(
    [FLOAT_IN, A, B, FLOAT_OUT],
    [N("QUANTIZE", (0,), (1,)), N("RELU", (1,), (2,)), N("DEQUANTIZE", (2,), (3,))],
    (0,),
    (3,),
)
MIXED = tflite_bytes(
    [A, B, T("wide", (1, 4), "float32"), FLOAT_OUT],
    [N("RELU", (0,), (1,)), N("DEQUANTIZE", (1,), (2,)), N("SOFTMAX", (2,), (3,))],
    (0,),
    (3,),
)
FLOAT = tflite_bytes([FLOAT_IN, FLOAT_OUT], [N("RELU", (0,), (1,))], (0,), (1,))
HYBRID = tflite_bytes(
    [FLOAT_IN, FILTER, FLOAT_OUT], [N("FULLY_CONNECTED", (0, 1), (2,))], (0,), (2,)
)
UINT8 = tflite_bytes(
    [T("a", (1, 4), "uint8", 0.5), T("b", (1, 4), "uint8", 0.5)],
    [N("RELU", (0,), (1,))],
    (0,),
    (1,),
)


def model(folder: Path, data: bytes, name: str = "net.tflite") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "scheme"), [(INT8, "int8"), (BORDERED, "int8"), (FLOAT, "float32")]
)
def test_a_finished_tflite_passes_unchanged_and_says_so(
    tmp_path: Path, data: bytes, scheme: str
) -> None:
    made = quantize(model(tmp_path, data), scheme)
    assert made.tflite == data
    assert (made.name, made.scheme, made.float_accuracy) == ("net", scheme, None)
    assert dict(made.calibration) == {}
    (remark,) = made.remarks
    assert "used unchanged" in remark


def test_layers_left_in_float_are_listed_by_name(tmp_path: Path) -> None:
    made = quantize(model(tmp_path, MIXED), "int8")
    assert made.remarks[-1] == "2 layers are left in float: wide (DEQUANTIZE), out (SOFTMAX)"


@pytest.mark.parametrize(
    ("data", "scheme", "said", "hint"),
    [
        (FLOAT, "int8", "float model", "--scheme float32"),
        (HYBRID, "int8", r"hybrid.*out \(FULLY_CONNECTED\)", "--calib"),
        (UINT8, "int8", "uint8, not int8", "--calib"),
        (INT8, "float32", "not float32", "--scheme"),
        (HYBRID, "float32", "not float32", "--scheme"),
        (INT8[: len(INT8) // 2], "int8", "cut short", "again"),
        (b"", "int8", "not a TensorFlow Lite model", ".tflite"),
    ],
)
def test_other_tflite_files_say_what_to_do(
    tmp_path: Path, data: bytes, scheme: str, said: str, hint: str
) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        quantize(model(tmp_path, data), scheme)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("net.keras", b"PK\x03\x04 cut", "cut short or no .keras"),
        ("net.h5", b"nothing", "no HDF5 file"),
        ("net.onnx", b"", "unknown kind of model '.onnx'"),
        ("saved/other.pb", b"", "no saved_model.pb"),
    ],
)
def test_what_is_no_model_is_told_before_tensorflow_starts(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    source = path.parent if path.parent != tmp_path else path
    with pytest.raises(UsageError, match=said):
        quantize(source, "int8", tmp_path / "absent.npz")


def test_a_missing_model_scheme_or_calibration_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no model"):
        quantize(tmp_path / "absent.keras", "int8")
    with pytest.raises(UsageError, match="unknown scheme 'int9'") as caught:
        quantize(model(tmp_path, INT8), "int9")
    assert "int8" in caught.value.hint
    hdf5 = model(tmp_path, b"\x89HDF\r\n\x1a\n", "net.h5")
    with pytest.raises(UsageError, match="needs calibration") as caught:
        quantize(hdf5, "int8")
    assert "--calib" in caught.value.hint


def test_calibration_with_nan_is_told_before_tensorflow_starts(tmp_path: Path) -> None:
    np.savez(tmp_path / "c.npz", x=np.array([[1.0, 2.0], [np.nan, 0.0]]))
    with pytest.raises(UsageError, match="sample 1 holds nan"):
        quantize(model(tmp_path, b"\x89HDF\r\n\x1a\n", "net.h5"), "int8", tmp_path / "c.npz")


def test_the_key_follows_contents_and_not_times(tmp_path: Path) -> None:
    source = model(tmp_path, INT8)
    calibration = model(tmp_path, b"one", "c.npz")
    key = quantize_key(source, "int8", calibration, None)
    calibration.touch()
    assert quantize_key(source, "int8", calibration, None) == key
    calibration.write_bytes(b"two")
    others = {
        quantize_key(source, "int8", calibration, None),
        quantize_key(source, "int8", None, None),
        quantize_key(source, "float32", None, None),
        quantize_key(source, "int8", None, calibration),
        quantize_key(model(tmp_path, BORDERED), "int8", None, None),
    }
    assert len(others | {key}) == 6


def test_the_key_of_a_folder_covers_every_file(tmp_path: Path) -> None:
    folder = tmp_path / "saved"
    (folder / "variables").mkdir(parents=True)
    model(folder, b"graph", "saved_model.pb")
    key = quantize_key(folder, "int8", None, None)
    model(folder / "variables", b"weights", "variables.data")
    assert quantize_key(folder, "int8", None, None) != key


def test_the_cache_gives_the_same_and_notices_changes(tmp_path: Path) -> None:
    source, out = model(tmp_path, MIXED), tmp_path / "out"
    made = quantize_cached(source, "int8", None, None, out)
    facts = json.loads((out / "quantize.json").read_text())
    facts["remarks"] = ["from the cache"]
    (out / "quantize.json").write_text(json.dumps(facts))
    again = quantize_cached(source, "int8", None, None, out)
    assert again.remarks == ("from the cache",)
    assert (again.tflite, again.sha256, again.source) == (made.tflite, made.sha256, made.source)
    (out / "model.tflite").write_bytes(INT8)
    assert quantize_cached(source, "int8", None, None, out).remarks == made.remarks
    (out / "quantize.json").write_text("{")
    assert quantize_cached(source, "int8", None, None, out).remarks == made.remarks


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, tinydeploy.quantize, tinydeploy.oracle, tinydeploy.accuracy\n"
        "sys.exit(str({'tensorflow', 'keras', 'tflite_micro'} & set(sys.modules) or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
