"""`--tflm-dir` without a real tree: what is checked of one, and what the project then says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tinydeploy import project, tflm_tree
from tinydeploy.board import load_board
from tinydeploy.cli.options import Choices, job
from tinydeploy.compat import load_runtime
from tinydeploy.engines import ENGINES
from tinydeploy.errors import ToolError, UsageError
from tinydeploy.linked import Operator, _library, require_optimized
from tinydeploy.ops import OPS
from tinydeploy.quantize import QuantizedModel
from tinydeploy.tflite import read
from tinydeploy.tools import sha256

TINY = Path(__file__).parents[1] / "golden" / "tiny.tflite"
CMSIS_NN = (
    "third_party/cmsis_nn/Include/arm_nnfunctions.h",
    "third_party/cmsis/CMSIS/Core/Include/cmsis_gcc.h",
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return grown(tmp_path / "tree", *tflm_tree._NEEDED)


def grown(tree: Path, *names: str, text: str = "") -> Path:
    for name in names:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text, encoding="utf-8")
    return tree


@pytest.fixture
def model() -> QuantizedModel:
    data = TINY.read_bytes()
    return QuantizedModel("tiny", data, sha256(data), "int8", read(data, "tiny"), str(TINY), {})


def test_a_folder_that_is_no_tree_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"lacks .*micro_interpreter\.h") as found:
        tflm_tree.with_tree(load_board("mps2-an386"), tmp_path)
    assert "create_tflm_tree.py" in found.value.hint


def test_cmsis_nn_without_its_core_headers_is_refused(tree: Path) -> None:
    grown(tree, CMSIS_NN[0])
    with pytest.raises(UsageError, match=r"cmsis_gcc\.h"):
        tflm_tree.with_tree(load_board("mps2-an386"), tree)


def test_cmsis_nn_is_for_cortex_m_only(tree: Path) -> None:
    grown(tree, *CMSIS_NN)
    arm = tflm_tree.with_tree(load_board("mps2-an386"), tree).tflm
    xtensa = tflm_tree.with_tree(load_board("esp32"), tree).tflm
    assert arm is not None and arm.cmsis_nn
    assert xtensa is not None and not xtensa.cmsis_nn
    assert not (xtensa.lib_deps or xtensa.components)


def test_the_sources_tell_whether_dense_reads_every_scale(tree: Path) -> None:
    source = "tensorflow/lite/micro/kernels/fully_connected.cc"
    for text, reads_all in (("", False), ("if (data->is_per_channel)", True)):
        grown(tree, source, text=text)
        library = tflm_tree.with_tree(load_board("nano33"), tree).tflm
        assert library is not None
        assert load_runtime(library.runtime).per_axis_dense is reads_all


def test_another_tree_is_another_build(tree: Path, model: QuantizedModel) -> None:
    def build_id() -> str:
        board = tflm_tree.with_tree(load_board("mps2-an386"), tree)
        return project.render(ENGINES["tflm"].plan(model, board, "balanced"), board).build_id

    first = build_id()
    assert build_id() == first
    grown(tree, tflm_tree._NEEDED[0], text="// changed\n")
    assert build_id() != first


def test_the_project_names_the_tree_and_holds_nothing_of_it(
    tree: Path, model: QuantizedModel
) -> None:
    grown(tree, *CMSIS_NN)
    board = tflm_tree.with_tree(load_board("mps2-an386"), tree)
    files = project.render(ENGINES["tflm"].plan(model, board, "balanced"), board).files
    ini = files["platformio.ini"].decode()
    assert f"custom_tflm_dir = {tree}" in ini
    assert "-DCMSIS_NN=1" in ini and "-DTF_LITE_STATIC_MEMORY=1" in ini
    assert tflm_tree.SCRIPT in files
    assert not [name for name in files if name.startswith(("tensorflow", "third_party"))]


@pytest.mark.parametrize("board_id", ["mps2-an386", "nano33", "esp32"])
def test_the_resolver_has_room_for_exactly_its_operators(
    board_id: str, tree: Path, model: QuantizedModel
) -> None:
    board = tflm_tree.with_tree(load_board(board_id), tree)
    resolver = ENGINES["tflm"].plan(model, board, "balanced").files["op_resolver.h"]
    (room,) = re.findall(r"MicroMutableOpResolver<(\d+)>", resolver)
    added = re.findall(
        r"if \(resolver\.(Add\w+)\(.*\) != kTfLiteOk\) \{\n +return false;", resolver
    )
    wanted = {OPS[node.op].resolver for node in model.graph.nodes}
    assert len(added) == int(room) == len(wanted) and set(added) == wanted
    assert resolver.count("resolver.Add") == len(added)


def test_the_variable_is_for_boards_without_a_library(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(tflm_tree.VARIABLE, str(tree))
    bare = job(Choices(TINY, board="mps2-an386", engine="tflm")).board
    assert bare.tflm is not None and bare.tflm.tree == str(tree)
    assert job(Choices(TINY, board="nano33")).board == load_board("nano33")
    typed = job(Choices(TINY, board="nano33", tflm_dir=tree)).board
    assert typed.tflm is not None and typed.tflm.tree == str(tree)


def test_without_a_tree_the_option_is_named(model: QuantizedModel) -> None:
    with pytest.raises(UsageError, match="names no TensorFlow Lite Micro library") as found:
        ENGINES["tflm"].plan(model, load_board("mps2-an386"), "balanced")
    assert "--tflm-dir" in found.value.hint


def test_reference_kernels_are_named_where_faster_ones_exist() -> None:
    fine = [Operator("RESHAPE", ("reference",), None), Operator("CONV_2D", ("arm_x",), True)]
    require_optimized(fine)
    with pytest.raises(ToolError, match="reference kernels for ADD") as found:
        require_optimized([*fine, Operator("ADD", ("reference",), False)])
    assert "--tflm-dir" in found.value.hint


def test_kernels_are_known_by_the_functions_in_the_elf() -> None:
    functions = {
        "arm_convolve_wrapper_s8",
        "arm_convolve_wrapper_s8_get_buffer_size",
        "arm_depthwise_conv_wrapper_s8_get_buffer_size",
        "esp_nn_add_elementwise_s8_ansi",
        "esp_nn_softmax_s8_esp32s3",
    }
    int8 = {"s8"}
    convolution = Operator("CONV_2D", ("arm_convolve_wrapper_s8",), True)
    assert _library("CONV_2D", int8, functions) == convolution
    assert _library("DEPTHWISE_CONV_2D", int8, functions).optimized is False  # a buffer's size
    assert _library("ADD", int8, functions) == Operator("ADD", ("reference",), False)
    assert _library("SOFTMAX", int8, functions).symbols == ("esp_nn_softmax_s8_esp32s3",)
    assert _library("RESHAPE", int8, functions).optimized is None


def test_a_kernel_of_other_types_proves_nothing() -> None:
    """One registration links a library's kernels of all types; layers of float run none of them."""
    functions = {"arm_convolve_wrapper_s8", "arm_softmax_s8_s16", "arm_fully_connected_s16"}
    assert _library("CONV_2D", {""}, functions) == Operator("CONV_2D", ("reference",), None)
    assert _library("CONV_2D", {"s16"}, functions) == Operator("CONV_2D", ("reference",), False)
    assert _library("CONV_2D", {"s4"}, functions).optimized is False
    assert _library("SOFTMAX", {"s16"}, functions).optimized is False
    assert _library("SOFTMAX", {"s8"}, functions).symbols == ("arm_softmax_s8_s16",)
    assert _library("FULLY_CONNECTED", {"s16"}, functions).optimized is True
    mixed = _library("FULLY_CONNECTED", {"s8", "s16"}, functions)
    assert mixed == Operator("FULLY_CONNECTED", ("arm_fully_connected_s16",), False)


def test_the_plan_tells_the_types_of_each_layer(tree: Path, model: QuantizedModel) -> None:
    board = tflm_tree.with_tree(load_board("mps2-an386"), tree)
    layers = ENGINES["tflm"].plan(model, board, "balanced").layers
    assert {layer.types for layer in layers} == {"s8"}
