"""A pytest plugin: `def test_yes(device): assert device.classify(sample) == "yes"`.

`device` is the model of tinydeploy.toml, or of the mark `tinydeploy`, deployed to the board that
`--tinydeploy-board` names: built once in a test run, its session shared by all tests that want it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from tinydeploy.board import Board
    from tinydeploy.deploy import Job
    from tinydeploy.quantize import QuantizedModel
    from tinydeploy.session import Measurement, Session
    from tinydeploy.settings import Settings

    Sample: TypeAlias = ArrayLike | Mapping[str, ArrayLike] | tuple[ArrayLike, ...]

WAIT_S = 600.0
MARK = "tinydeploy"
_MARKS = ("model", "board", "engine", "scheme", "optimize", "calib", "classes")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of `pytest --help`."""
    group = parser.getgroup("tinydeploy", "models on microcontrollers")
    group.addoption("--tinydeploy-board", default="", help="board of the `device` fixture")
    group.addoption("--tinydeploy-port", default="", help="serial port of a real board")
    group.addoption("--tinydeploy-engine", default="", help="aot or tflm")
    group.addoption("--tinydeploy-folder", default="", help="where it is built: build/pytest")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known."""
    config.addinivalue_line(
        "markers",
        "tinydeploy(model=, board=, engine=, scheme=, optimize=, calib=, classes=): "
        "what the `device` fixture deploys, instead of what tinydeploy.toml says",
    )
    config.addinivalue_line("markers", "real_board: skipped unless the board is a real one")


@dataclass(frozen=True)
class Device:
    """A model on a board. `session` is the conversation with the firmware, for all that is not
    here; `classes` are the names of the output's values, empty when there are none."""

    session: Session
    board: Board
    model: QuantizedModel
    classes: tuple[str, ...]

    def infer(self, x: Sample) -> NDArray[np.float32]:
        """The model's first output as reals, for one input `x` of the model's shape, as reals.

        A model with several inputs takes a dictionary with each by its name, or a tuple of them in
        the model's order.
        """
        return next(iter(self.outputs(x).values()))

    def outputs(self, x: Sample) -> dict[str, NDArray[np.float32]]:
        """Every output by its name, as reals, in the model's order; `x` is as in `infer`."""
        from tinydeploy.accuracy import dequantize_output
        from tinydeploy.inputs import outputs_of

        graph = self.model.graph
        made = self.session.infer(self._bytes(x))
        tensors = [graph.tensor(index) for index in graph.outputs]
        reals = [dequantize_output(data, one) for data, one in zip(made, tensors, strict=True)]
        return dict(zip(outputs_of(graph), reals, strict=True))

    def _bytes(self, x: Sample) -> list[bytes]:
        import numpy as np

        from tinydeploy.accuracy import quantize_input
        from tinydeploy.inputs import inputs_of

        graph = self.model.graph
        names = [one.name for one in inputs_of(graph)]
        if isinstance(x, Mapping):
            if set(x) != set(names):
                raise ValueError(f"inputs {', '.join(x)}; the model takes {', '.join(names)}")
            values = [x[name] for name in names]
        else:
            values = [*x] if isinstance(x, tuple) and len(names) > 1 else [np.asarray(x)]
        if len(values) != len(names):
            raise ValueError(f"{len(values)} inputs; the model takes {', '.join(names)}")
        tensors = [graph.tensor(index) for index in graph.inputs]
        return [quantize_input(np.asarray(v), t) for v, t in zip(values, tensors, strict=True)]

    def classify(self, x: Sample) -> str | int:
        """The class of the largest output: its name, or its index when classes have no names."""
        best = int(self.infer(x).argmax())
        return self.classes[best] if self.classes else best

    def measure(self, runs: int = 10) -> Measurement:
        """Ticks of `runs` inferences of the last input."""
        return self.session.measure(runs, 1)


class _Devices:
    """The open devices of a test run, one for each board: another model on it closes the first."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._open: dict[str, tuple[Job, Device, ExitStack]] = {}

    def get(self, wanted: dict[str, Any]) -> Device:
        job, classes = self._job(wanted)
        key = f"{job.board.id} {job.wanted.port}"
        if key in self._open:
            same, device, _ = self._open[key]
            if same == job:
                return replace(device, classes=classes)
            self._close(key)
        self._open[key] = (job, *_opened(job, classes))
        return self._open[key][1]

    def close(self) -> None:
        for key in list(self._open):
            self._close(key)

    def _close(self, key: str) -> None:
        self._open.pop(key)[2].close()

    def _job(self, wanted: dict[str, Any]) -> tuple[Job, tuple[str, ...]]:
        """The mark's words come first, then the command line's, then tinydeploy.toml's."""
        from tinydeploy.board import load_board
        from tinydeploy.deploy import Job
        from tinydeploy.graph import MODES
        from tinydeploy.ports import Wanted
        from tinydeploy.settings import Settings, read_settings

        root = self._config.rootpath
        settings = read_settings(root) or Settings()
        model = _path(root, wanted.get("model")) or settings.model
        if model is None:
            raise pytest.UsageError(
                f"no model for `device`: write {root / 'tinydeploy.toml'}, or mark the test with "
                "@pytest.mark.tinydeploy(model=…)"
            )
        option = self._config.getoption
        name = wanted.get("board") or option("--tinydeploy-board") or settings.board or "host"
        board = load_board(name, settings.boards)
        kept = settings.engine if settings.engine in board.engines else board.engines[0]
        engine = wanted.get("engine") or option("--tinydeploy-engine") or kept
        own = None if wanted.get("model") else settings.calib
        scheme = wanted.get("scheme") or settings.scheme or "int8"
        folder = Path(option("--tinydeploy-folder") or root / "build" / "pytest")
        job = Job(
            model=model,
            board=board,
            engine=engine,
            scheme=scheme,
            calib=_path(root, wanted.get("calib")) or own,
            labels=None,
            folder=folder / f"{model.stem}-{board.id}-{engine}-{scheme}",
            samples=1,
            runs=1,
            optimize=wanted.get("optimize") or settings.optimize or MODES[0],
            wanted=Wanted(option("--tinydeploy-port")),
        )
        return job, _classes(wanted, settings)


def _path(root: Path, given: str | Path | None) -> Path | None:
    return None if given is None else root / given


def _classes(wanted: dict[str, Any], settings: Settings) -> tuple[str, ...]:
    given = wanted.get("classes", settings.classes)
    return (
        tuple(map(str.strip, given.split(",")))
        if isinstance(given, str) and given
        else tuple(given)
    )


def _opened(job: Job, classes: tuple[str, ...]) -> tuple[Device, ExitStack]:
    """Deploy; what is opened closes with the stack. A real board is ours alone until then."""
    from tinydeploy import deploy
    from tinydeploy.bench.attached import held
    from tinydeploy.runners import RUNNERS

    with ExitStack() as stack:
        deploy.check(job)
        model = deploy.quantize(job, print)
        firmware = deploy.build(job, print)
        runner = RUNNERS[job.board.runners[0]]
        wanted = job.wanted
        if runner.kind == "device":
            place = {"port": job.wanted.port} if job.wanted.port else {}
            wanted = stack.enter_context(held(job.board, place, "pytest", WAIT_S, print))
        session = stack.enter_context(runner.start(firmware, job.board, wanted, print))
        return Device(session, job.board, model, classes), stack.pop_all()
    raise AssertionError("unreachable")


@pytest.fixture(scope="session")
def _tinydeploy_devices(pytestconfig: pytest.Config) -> Iterator[_Devices]:
    devices = _Devices(pytestconfig)
    yield devices
    devices.close()


@pytest.fixture
def device(request: pytest.FixtureRequest, _tinydeploy_devices: _Devices) -> Device:
    """The model of tinydeploy.toml or of the mark, on the board of --tinydeploy-board."""
    from tinydeploy.errors import TinydeployError, did_you_mean

    wanted: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers(MARK))):
        wanted |= mark.kwargs
    for name in wanted:
        if name not in _MARKS:
            raise pytest.UsageError(f"mark tinydeploy: {name}: {did_you_mean(name, _MARKS)}")
    try:
        found = _tinydeploy_devices.get(wanted)
    except TinydeployError as error:
        pytest.fail(f"no device: {error}", pytrace=False)
    if request.node.get_closest_marker("real_board") and found.session.kind != "device":
        pytest.skip(f"{found.board.id} is {found.session.kind}, not a real board")
    return found
