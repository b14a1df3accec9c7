"""The oracle: TFLite's reference kernels on the host, the truth for a firmware's outputs."""

from __future__ import annotations

import os
import struct
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from typing import IO, Any, Protocol

import numpy as np
import tflite as schema

from tinydeploy.errors import UsageError
from tinydeploy.expanded import for_floats
from tinydeploy.stand_ins import for_micro
from tinydeploy.tflite import read
from tinydeploy.unpacked import unpacked

_FIRST_ARENA = 1 << 16
_ARENA_PER_TENSOR = 1 << 10  # more than what the interpreter keeps of a tensor and its node
_LAST_ARENA = 1 << 28
_ARENA_STEP = 16
_NO_RANGE = 1e-7
_CORRUPT = (struct.error, ValueError, IndexError, TypeError, AttributeError, MemoryError)
_REFUSED = "the oracle cannot run this model"


class Oracle(Protocol):
    """A model in a reference interpreter. One sample is a list with the bytes of every input; each
    begins anew, whatever state the model keeps."""

    name: str
    """The interpreter and its version, for the report."""

    def run(self, inputs: Sequence[bytes]) -> list[bytes]:
        """The bytes of every output for one sample. UsageError when an input has the wrong size."""

    def sequence(self, samples: Sequence[Sequence[bytes]]) -> list[list[bytes]]:
        """The bytes of every output for samples that follow one another: state is kept."""

    def tensors(self, inputs: Sequence[bytes], indices: Sequence[int]) -> dict[int, bytes]:
        """The bytes of any tensors of the graph, by index, after one sample has run."""

    def arena_bytes(self) -> int | None:
        """The smallest arena that works on this 64-bit host; None when it cannot be known."""


def open_oracle(tflite: bytes) -> Oracle:
    """The model in `tflite_micro` where its wheel exists, else in LiteRT's reference kernels.

    UsageError when the bytes are cut short or the interpreter cannot run the model.
    """
    return _MicroOracle(tflite) if find_spec("tflite_micro") else _LiteRtOracle(tflite)


class _MicroOracle:
    """TensorFlow Lite Micro's own interpreter, from PyPI."""

    def __init__(self, tflite: bytes) -> None:
        self.name = f"tflite_micro {version('tflite_micro')}"
        self._tensors, inputs, self._outputs = _counts(tflite)
        try:
            self._has_resources = _has_resources(tflite)
            self._arena = _FIRST_ARENA + _ARENA_PER_TENSOR * self._tensors + 2 * _alive(tflite)
            floats = for_floats(tflite)
            self._tflite = for_micro(unpacked(floats))
            if floats is not tflite:
                self.name += " with constants in float32"
                self._arena += len(floats)
        except _CORRUPT as error:
            raise _corrupt(error) from None
        nothing = _ranges_of_nothing(tflite)
        if nothing and not self._outlives_start():
            raise UsageError(
                f"{_REFUSED}: its interpreter aborts; the values of {nothing[0]} have a range of "
                "almost nothing",
                "with untrained weights, or other samples than in training, nothing arrives there: "
                "train the model, and calibrate it with real samples",
            )
        self._interpreter = self._start(preserve=False)
        self._preserving: Any = None
        self._inputs = [self._interpreter.get_input_details(i) for i in range(inputs)]

    def run(self, inputs: Sequence[bytes]) -> list[bytes]:
        return self.sequence([inputs])[0]

    def sequence(self, samples: Sequence[Sequence[bytes]]) -> list[list[bytes]]:
        if self._has_resources:  # a reset forgets what CALL_ONCE put into them
            self._interpreter = self._start(preserve=False)
        self._interpreter.reset()  # variable tensors, which an invoke leaves changed
        return [self._invoke(self._interpreter, inputs) for inputs in samples]

    def tensors(self, inputs: Sequence[bytes], indices: Sequence[int]) -> dict[int, bytes]:
        # Outside of its range GetTensor crashes the process instead of raising.
        _check_indices(indices, self._tensors)
        if self._preserving is None or self._has_resources:
            self._preserving = self._start(preserve=True)
        self._preserving.reset()
        self._invoke(self._preserving, inputs)
        return {i: self._preserving.GetTensor(i, 0)["tensor_data"].tobytes() for i in indices}

    def arena_bytes(self) -> int | None:
        """Found by bisection: what `print_allocations` reports is at times too little."""
        high = -(-self._reported_bytes() // _ARENA_STEP) * _ARENA_STEP
        while not self._starts_in(high):
            high *= 2
        low = high // 2 // _ARENA_STEP * _ARENA_STEP
        while high - low > _ARENA_STEP:
            middle = (low + high) // (2 * _ARENA_STEP) * _ARENA_STEP
            if self._starts_in(middle):
                high = middle
            else:
                low = middle
        return high

    def _starts_in(self, arena: int) -> bool:
        """Whether the interpreter starts in so small an arena."""
        return self._tried(arena) == 0

    def _outlives_start(self) -> bool:
        """Whether the interpreter, if it refuses the model, does so in words."""
        return not os.WIFSIGNALED(self._tried(self._arena))

    def _tried(self, arena: int) -> int:
        """How a start ends in a process of its own, as the wheel at times ends the process."""
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if self._make(arena, preserve=False)[0] is not None else 1)
            finally:
                os._exit(1)
        return os.waitpid(child, 0)[1]

    def _reported_bytes(self) -> int:
        self._invoke(self._interpreter, [bytes(_nbytes(detail)) for detail in self._inputs])
        with _stderr() as said:
            self._interpreter.print_allocations()
            lines = said()
        for line in lines:
            if "Arena allocation total" in line:
                return int(line.split()[-2])
        raise UsageError(
            _REFUSED, "tflite_micro printed no arena size: is another version installed?"
        )

    def _start(self, preserve: bool) -> Any:
        """An interpreter in an arena that is large enough, found by doubling. The first one is, but
        for kernels that want much scratch memory."""
        while self._arena <= _LAST_ARENA:
            interpreter, reason = self._make(self._arena, preserve)
            if interpreter is not None:
                return interpreter
            self._arena *= 2
        # An error that has nothing to do with the arena ends here too, with its own words.
        raise UsageError(f"{_REFUSED}: {reason}", "see its operators with `tinydeploy analyze`")

    def _make(self, arena: int, preserve: bool) -> tuple[Any, str]:
        """An interpreter; or None, and why it does not start in an arena of this size."""
        from tflite_micro import runtime

        config = runtime.InterpreterConfig
        chosen = config.kPreserveAllTensors if preserve else config.kAllocationRecording
        with _stderr() as said:
            try:
                interpreter = runtime.Interpreter.from_bytes(
                    self._tflite, arena_size=arena, intrepreter_config=chosen
                )
                return interpreter, ""
            except RuntimeError as error:
                return None, (said() or [str(error)])[0]
            except _CORRUPT as error:
                raise _corrupt(error) from None

    def _invoke(self, interpreter: Any, inputs: Sequence[bytes]) -> list[bytes]:
        for index, array in enumerate(_as_arrays(inputs, self._inputs)):
            interpreter.set_input(array, index)
        with _stderr() as said:
            try:
                interpreter.invoke()
            except RuntimeError as error:
                reason = " ".join(said()[:2]) or str(error)  # the second line tells the layer
                raise UsageError(
                    f"{_REFUSED}: {reason}",
                    "change that layer, or take `tinydeploy measure`, which compares nothing",
                ) from None
        return [interpreter.get_output(i).tobytes() for i in range(self._outputs)]


class _LiteRtOracle:
    """LiteRT, as TensorFlow brings it, with the reference kernels instead of its fast ones."""

    def __init__(self, tflite: bytes) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        self._tflite = tflite
        self._interpreter = self._start()
        self.name = f"LiteRT BUILTIN_REF {version('tensorflow')}"
        self._tensors, _, _ = _counts(tflite)
        self._has_resources = _has_resources(tflite)

    def _start(self) -> Any:
        with _stderr() as said:
            try:
                import tensorflow

                interpreter = tensorflow.lite.Interpreter(
                    model_content=self._tflite,
                    experimental_op_resolver_type=tensorflow.lite.experimental.OpResolverType.BUILTIN_REF,
                    experimental_preserve_all_tensors=True,
                )
                interpreter.allocate_tensors()
                return interpreter
            except _CORRUPT as error:
                raise _corrupt(error) from None
            except RuntimeError as error:
                reason = (said() or str(error).splitlines() or ["it does not say why"])[-1]
                raise UsageError(f"{_REFUSED}: {reason}", "is the file damaged?") from None

    def run(self, inputs: Sequence[bytes]) -> list[bytes]:
        return self.sequence([inputs])[0]

    def sequence(self, samples: Sequence[Sequence[bytes]]) -> list[list[bytes]]:
        if self._has_resources:  # no reset gives them what CALL_ONCE did
            self._interpreter = self._start()
        self._interpreter.reset_all_variables()
        return [self._invoke(inputs) for inputs in samples]

    def _invoke(self, inputs: Sequence[bytes]) -> list[bytes]:
        details = self._interpreter.get_input_details()
        for detail, array in zip(details, _as_arrays(inputs, details), strict=True):
            self._interpreter.set_tensor(detail["index"], array)
        try:
            self._interpreter.invoke()
        except RuntimeError as error:
            raise UsageError(f"{_REFUSED}: {str(error).splitlines()[0]}") from None
        outputs = self._interpreter.get_output_details()
        return [self._interpreter.get_tensor(detail["index"]).tobytes() for detail in outputs]

    def tensors(self, inputs: Sequence[bytes], indices: Sequence[int]) -> dict[int, bytes]:
        _check_indices(indices, self._tensors)
        self.run(inputs)
        return {i: self._interpreter.get_tensor(i).tobytes() for i in indices}

    def arena_bytes(self) -> int | None:
        return None


def _counts(tflite: bytes) -> tuple[int, int, int]:
    """How many tensors, inputs and outputs the first subgraph has."""
    try:
        subgraph = schema.Model.GetRootAs(tflite, 0).Subgraphs(0)
        return (
            int(subgraph.TensorsLength()),
            int(subgraph.InputsLength()),
            int(subgraph.OutputsLength()),
        )
    except _CORRUPT as error:
        raise _corrupt(error) from None


def _alive(tflite: bytes) -> int:
    """Bytes of all the first subgraph's tensors that are no constants, and more."""
    model = schema.Model.GetRootAs(tflite, 0)
    subgraph = model.Subgraphs(0)
    tensors = [subgraph.Tensors(i) for i in range(subgraph.TensorsLength())]
    varying = [t for t in tensors if model.Buffers(t.Buffer()).DataLength() == 0]
    return sum(8 * int(np.prod(t.ShapeAsNumpy(), dtype=np.int64)) for t in varying)


def _ranges_of_nothing(tflite: bytes) -> list[str]:
    """The layers whose values have a scale as small as calibration gives what is always 0."""
    graph = read(tflite, "model")
    return [
        f"{node.name} ({node.op})"
        for node in graph.nodes
        for tensor in map(graph.tensor, node.outputs)
        if tensor.data is None and tensor.scales and tensor.scale < _NO_RANGE
    ]


def _has_resources(tflite: bytes) -> bool:
    """Whether the model has variables that operators read and assign."""
    model = schema.Model.GetRootAs(tflite, 0)
    codes = [model.OperatorCodes(i) for i in range(model.OperatorCodesLength())]
    return any(code.BuiltinCode() == schema.BuiltinOperator.VAR_HANDLE for code in codes)


def _corrupt(error: BaseException) -> UsageError:
    return UsageError(
        f"the .tflite is cut short or corrupt ({type(error).__name__}: {error})",
        "copy or convert the .tflite again",
    )


def _check_indices(indices: Sequence[int], count: int) -> None:
    wrong = [i for i in indices if not 0 <= i < count]
    if wrong:
        raise UsageError(f"the model has no tensor {wrong[0]}", f"it has tensors 0 to {count - 1}")


def _nbytes(detail: Any) -> int:
    return int(np.prod(detail["shape"]) * np.dtype(detail["dtype"]).itemsize)


def _as_arrays(inputs: Sequence[bytes], details: Sequence[Any]) -> Iterator[Any]:
    """The inputs as arrays; all are checked before the first is given out."""
    wanted = [_nbytes(detail) for detail in details]
    if [len(data) for data in inputs] != wanted:
        raise UsageError(
            f"inputs of {[len(data) for data in inputs]} bytes, but the model takes {wanted}",
            "give one sample: the bytes of each input",
        )
    for data, detail in zip(inputs, details, strict=True):
        yield np.frombuffer(data, dtype=detail["dtype"]).reshape(detail["shape"])


@contextmanager
def _stderr() -> Iterator[Any]:
    """Redirect C's stderr, where interpreters write; gives a function that returns its lines."""
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield lambda: _lines(file)
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)


def _lines(file: IO[bytes]) -> list[str]:
    # Read by position: descriptor 2 shares this file's offset and still writes at its end.
    text = os.pread(file.fileno(), 1 << 20, 0).decode(errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip()]
