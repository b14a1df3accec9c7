from __future__ import annotations

import configparser
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tinydeploy import espidf
from tinydeploy.board import Board, board_ids, load_board
from tinydeploy.errors import UsageError
from tinydeploy.plan import Plan
from tinydeploy.project import Project, render
from tinydeploy.tools import data_dir

PLAN = Plan(
    engine="aot",
    model_name="toy",
    model_sha256="00",
    board="",
    arena_bytes=0,
    placements=(),
    layers=(),
    calls=(),
    operators=(),
    files={"model.c": "int model;\n", "data/more.h": "\n"},
    sources=("engines/aot/td_model_aot.c",),
    defines={"A": "1", "B": ""},
    lib_deps=("some/library@1.0.0",),
    flash_estimate_bytes=0,
    ram_estimate_bytes=0,
)


def ini(project: Project) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(project.files["platformio.ini"].decode())
    return parser


@pytest.mark.parametrize("name", board_ids())
def test_every_board_renders_the_same_twice(name: str) -> None:
    board = load_board(name)
    project = render(PLAN, board)
    assert project == render(PLAN, board)
    section = ini(project)[f"env:{name}"]
    assert section["board"] == board.platformio.board
    assert "some/library@1.0.0" in section["lib_deps"].split()
    assert {"-DA=1", "-DB"} <= set(section["build_flags"].split())
    assert {"src/model.c", "src/data/more.h", "src/td_main.c", "src/td_model_aot.c"} <= set(
        project.files
    )
    assert not [file for file in project.files if "__pycache__" in file]


def test_no_path_of_this_machine_is_in_a_project() -> None:
    here = str(data_dir("firmware").parent).encode()
    for name in board_ids():
        files = render(PLAN, load_board(name)).files
        assert not [file for file, data in files.items() if here in data]


def test_the_build_id_is_in_the_firmware_and_follows_every_file() -> None:
    board = load_board("host")
    project = render(PLAN, board)
    assert len(project.build_id) == 16
    assert project.build_id.encode() in project.files["include/td_build.h"]
    for other in (
        replace(PLAN, files={"model.c": "int model ;\n", "data/more.h": "\n"}),
        replace(PLAN, files={"model2.c": "int model;\n", "data/more.h": "\n"}),
        replace(PLAN, defines={}),
    ):
        assert render(other, board).build_id != project.build_id
    assert render(PLAN, replace(board, ram_bytes=1)).build_id != project.build_id


def test_a_board_manifest_has_the_boards_facts() -> None:
    board = load_board("mps2-an386")
    manifest = json.loads(render(PLAN, board).files["boards/mps2-an386.json"])
    assert manifest["upload"]["maximum_ram_size"] == board.ram_bytes
    assert manifest["build"]["defines"] == list(board.baremetal.defines if board.baremetal else ())
    assert manifest["build"]["stack_bytes"] == 8192


def test_cpp_is_not_held_to_wconversion() -> None:
    board = load_board("host")
    assert "-Wconversion" in ini(render(PLAN, board))["env:host"]["build_src_flags"]
    with_cpp = replace(PLAN, files={"model.cc": "\n"})
    flags = ini(render(with_cpp, board))["env:host"]["build_src_flags"].split()
    assert "-Wconversion" not in flags and "-Werror" in flags


def test_what_does_not_exist_is_named() -> None:
    board = load_board("host")
    with pytest.raises(UsageError, match=r"firmware/kernels/none\.c"):
        render(replace(PLAN, sources=("kernels/none.c",)), board)
    with pytest.raises(UsageError, match="no port 'none'"):
        render(PLAN, replace(board, port="none"))


def project(board: Board, **files: str) -> Project:
    return Project(board, "0", {name: text.encode() for name, text in files.items()})


def test_write_touches_only_what_changed(tmp_path: Path) -> None:
    board = load_board("host")
    project(board, a="1", b="2").write(tmp_path)
    (tmp_path / "theirs").write_text("3")
    before = (tmp_path / "a").stat().st_mtime_ns
    project(board, a="1", c="4").write(tmp_path)
    assert (tmp_path / "a").stat().st_mtime_ns == before
    left = {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")}
    assert left == {"a", "c", "theirs"}


def test_esp_idfs_own_configuration_is_made_anew_when_the_defaults_change(tmp_path: Path) -> None:
    """PlatformIO keeps it as sdkconfig.<environment>, and its lines come before the defaults'."""
    board = load_board("esp32s3-n8r8")
    project = render(PLAN, board)
    project.write(tmp_path)
    made = tmp_path / f"sdkconfig.{board.id}"
    made.write_text("CONFIG_SPIRAM=n\n")
    project.write(tmp_path)
    assert made.is_file()
    render(PLAN, espidf.with_arena(board, "psram")).write(tmp_path)
    assert not made.exists()
