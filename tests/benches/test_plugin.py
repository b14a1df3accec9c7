"""The `device` fixture, in test runs of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .conftest import ROOT, TINY

pytest_plugins = ["pytester"]
DIGITS = ROOT / "examples" / "digits"

TESTS = """
import numpy as np
import pytest

data = np.load({labels!r})

def test_digits(device):
    assert device.session.kind == "host"
    names = ("nil", *"123456789")
    right = [device.classify(x) == names[y] for x, y in zip(data["x"][:50], data["y"])]
    assert sum(right) == 47  # as many of these as the oracle gets right

def test_the_session_is_shared(device):
    assert device.infer(data["x"][0]).shape == (1, 10)
    assert len(device.measure(runs=3).ticks) == 3

@pytest.mark.tinydeploy(model={tiny!r}, classes=())
def test_another_model(device):
    assert device.classify(np.zeros(device.model.graph.tensor(
        device.model.graph.inputs[0]).shape)) in range(1000)

@pytest.mark.real_board
def test_only_on_silicon(device):
    raise AssertionError("this is the host")

@pytest.mark.tinydeploy(mode="x")
def test_typo(device):
    pass

@pytest.mark.tinydeploy(model="none.tflite")
def test_no_model(device):
    pass
"""


@pytest.fixture
def project(pytester: pytest.Pytester, digits: Path) -> pytest.Pytester:
    shutil.copy(digits, pytester.path / "digits.tflite")
    (pytester.path / "tinydeploy.toml").write_text(
        'model = "digits.tflite"\nclasses = "nil, 1, 2, 3, 4, 5, 6, 7, 8, 9"\n'
    )
    labels = str(DIGITS / "test.npz")
    pytester.makepyfile(test_it=TESTS.format(labels=labels, tiny=str(TINY)))
    return pytester


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example as a .tflite."""
    from tinydeploy.quantize import quantize

    path = tmp_path_factory.mktemp("digits") / "digits.tflite"
    path.write_bytes(quantize(DIGITS / "digits.keras", "int8", DIGITS / "calib.npz", None).tflite)
    return path


@pytest.mark.slow
def test_a_team_writes_tests_of_a_model(project: pytest.Pytester) -> None:
    found = project.runpytest_subprocess("-p", "tinydeploy.pytest_plugin", "-rs", *_blocked())
    found.assert_outcomes(passed=3, skipped=1, errors=2)
    found.stdout.fnmatch_lines_random(
        ["*no device: no model *none.tflite*", "*host is host, not a real board*"]
    )
    assert "did you mean 'model'" in found.stdout.str()


def test_its_options_and_marks_are_told(pytester: pytest.Pytester) -> None:
    found = pytester.runpytest("-p", "tinydeploy.pytest_plugin", *_blocked(), "--markers")
    found.stdout.fnmatch_lines(["@pytest.mark.tinydeploy(model=*", "@pytest.mark.real_board*"])


def _blocked() -> list[str]:
    """Not twice where it is installed as a plugin already."""
    from importlib.metadata import entry_points

    installed = any(point.name == "tinydeploy" for point in entry_points(group="pytest11"))
    return ["-p", "no:tinydeploy"] if installed else []
