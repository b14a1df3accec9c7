from __future__ import annotations

import json
import sys
import time
import urllib.error
from pathlib import Path

import pytest

from tinydeploy import linkmap, scons
from tinydeploy.board import load_board
from tinydeploy.build import build, cache_dir
from tinydeploy.errors import ToolError
from tinydeploy.linkmap import Placed
from tinydeploy.project import Project

MAP = """\
Discarded input sections

 .text.gone     0x0000000000000000       0x10 src/a.o

Linker script and memory map

.text           0x0000000000000000      0x1c2
 *(.text .text.*)
 .text.short    0x0000000000000000       0x40 src/kernels/td_conv.o
                0x0000000000000000                short
 .text.a_name_that_is_long
                0x0000000000000040       0x22 .pio/lib4f2/libx.a(conv.cc.o)
 *fill*         0x0000000000000062        0x2 00bf
 .text.empty    0x0000000000000064        0x0 src/b.o
 .rodata.str1.4
                0x0000000000000064        0x9 src/c.o
                                          0xd (size before relaxing)

.bss            0x0000000020000000       0x80
 COMMON         0x0000000020000000       0x80 src/d.o

.debug_info     0x0000000000000000       0x10
 .debug_info    0x0000000000000000       0x10 src/d.o
"""


def test_linkmap() -> None:
    assert linkmap.parse(MAP) == [
        Placed(".text", ".text.short", "src/kernels/td_conv.o", 0x40),
        Placed(".text", ".text.a_name_that_is_long", ".pio/lib4f2/libx.a(conv.cc.o)", 0x22),
        Placed(".text", ".rodata.str1.4", "src/c.o", 9),
        Placed(".bss", "COMMON", "src/d.o", 0x80),
        Placed(".debug_info", ".debug_info", "src/d.o", 0x10),
    ]
    assert linkmap.parse("") == []


def test_a_registry_out_of_reach_is_an_error_in_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(url: str, timeout: float) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.setenv("TINYDEPLOY_CACHE", str(tmp_path))
    monkeypatch.setattr("urllib.request.urlopen", refuse)
    board = load_board("nano33")
    start = time.monotonic()
    with pytest.raises(ToolError, match=r"nano33 needs nordicnrf52@.* registry") as raised:
        build(Project(board, "0", {}), tmp_path / "project")
    assert time.monotonic() - start < 2
    assert "mps2-an386" in raised.value.hint and "esp32" not in raised.value.hint


def test_a_release_that_left_the_registry_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the words of platformio/package/exception.py of PlatformIO 6.2.0."""
    log = (
        "Platform Manager: Installing ststm32 @ 17.6.0\n"
        "UnknownPackageError: Could not find the package with 'platformio/framework-arduinoststm32 "
        "@ ~4.20801.0' requirements for your system 'linux_x86_64'\n"
    )

    def fail(*arguments: object, **options: object) -> str:
        raise ToolError("pio run failed", output=log)

    monkeypatch.setenv("TINYDEPLOY_CACHE", str(tmp_path))
    monkeypatch.setattr("tinydeploy.build.check_tools", lambda board: None)
    monkeypatch.setattr("tinydeploy.build.platformio", fail)
    with pytest.raises(ToolError) as raised:
        build(Project(load_board("nucleo_l4r5zi"), "0", {}), tmp_path / "project")
    assert raised.value.message == (
        "PlatformIO's registry has no platformio/framework-arduinoststm32 @ ~4.20801.0, which "
        "ststm32@19.7.1 needs"
    )
    assert "--board ./copy.toml" in raised.value.hint


def test_the_cache_can_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYDEPLOY_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    monkeypatch.delenv("TINYDEPLOY_CACHE")
    assert cache_dir() == Path.home() / ".cache" / "tinydeploy"


def test_scons_is_provided_once_and_mended(tmp_path: Path) -> None:
    package = tmp_path / "packages" / "tool-scons"
    scons.provide(tmp_path)
    script = (package / "scons.py").read_text()
    assert json.loads((package / ".piopm").read_text())["spec"]["owner"] == "platformio"
    (package / "site-packages.txt").write_text("/an/environment/that/is/gone")
    (package / "scons.py").write_text("import an_environment_that_is_gone\n")
    scons.provide(tmp_path)
    assert (package / "scons.py").read_text() == script
    assert sorted(path.name for path in package.parent.iterdir()) == ["tool-scons"]


def test_environments_do_not_replace_each_others_scons(tmp_path: Path) -> None:
    other = tmp_path / "other-environment"
    (other / "SCons").mkdir(parents=True)
    scons.provide(tmp_path)
    recorded = tmp_path / "packages" / "tool-scons" / "site-packages.txt"
    recorded.write_text(str(other))
    scons.provide(tmp_path)
    assert recorded.read_text() == str(other)


def test_platformios_own_scons_is_left_alone(tmp_path: Path) -> None:
    package = tmp_path / "packages" / "tool-scons"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"name": "tool-scons"}')
    scons.provide(tmp_path)
    assert [path.name for path in package.iterdir()] == ["package.json"]


def test_another_scons_is_an_error_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["SCons"], "__version__", "4.0.0")
    with pytest.raises(ToolError, match=r"4\.0\.0 is installed") as raised:
        scons.provide(tmp_path)
    assert raised.value.hint.startswith("pip install scons==4.")
