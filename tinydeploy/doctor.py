"""`examine`: what tinydeploy needs, whether it is there and how to get it."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tinydeploy import ports
from tinydeploy.board import Board, board_ids, load_board
from tinydeploy.errors import ToolError
from tinydeploy.tools import call, data_dir

_PACKAGES = {  # distribution → what for
    "tensorflow": "converts models",
    "tflite": "reads .tflite files",
    "platformio": "builds and flashes",
    "scons": "PlatformIO's build engine",
    "jinja2": "writes projects",
    "pyserial": "talks to boards",
    "pyelftools": "reads firmware",
}
_PIP = "pip install "
_NETWORK_S = 5.0


@dataclass(frozen=True)
class Check:
    """One thing looked for. `found` is its version or what is known of it; `hint` how to get it."""

    name: str
    ok: bool
    needed: bool
    found: str
    hint: str


def examine(network: bool) -> list[Check]:
    """All checks, in the order a deployment needs them; `network` also tries the registry."""
    checks = [_python(), *map(_package, _PACKAGES), _oracle(), _data(), *_programs(), *_serial()]
    if network:
        checks.append(_registry())
    return checks


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    ok = (3, 10) <= sys.version_info[:2] <= (3, 13)
    return Check("Python 3.10 to 3.13", ok, True, found, "run tinydeploy with such a Python")


def _package(name: str) -> Check:
    found = _version(name)
    return Check(f"{name} ({_PACKAGES[name]})", bool(found), True, found, _PIP + name)


def _version(name: str) -> str:
    """A distribution's version without importing it; empty when it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _oracle() -> Check:
    """The wheel exists for some systems only; the other oracle comes with TensorFlow."""
    found = _version("tflite-micro")
    hint = _PIP + "tflite-micro; without it LiteRT's reference kernels are the oracle"
    return Check("tflite-micro (the oracle)", bool(found), False, found, hint)


def _data() -> Check:
    folders = [data_dir(kind) for kind in ("boards", "templates", "firmware")]
    missing = [str(folder) for folder in folders if not folder.is_dir()]
    found = "" if missing else str(folders[0].parent)
    hint = f"install tinydeploy again: no {', '.join(missing)}" if missing else ""
    return Check("boards, templates, firmware", not missing, True, found, hint)


def _programs() -> Iterator[Check]:
    yield _program("gcc", "-dumpfullversion", "firmware for this machine", "gcc libc6-dev", True)
    compiler = "arm-none-eabi-gcc"
    yield _program(compiler, "-dumpfullversion", "Arm firmware", "gcc-arm-none-eabi", True)
    specs = _output(compiler, "-print-file-name=nano.specs")
    package = "libnewlib-arm-none-eabi"
    there = Path(specs).is_absolute()
    yield Check(f"newlib ({package})", there, True, specs if there else "", _apt(package))
    yield _program("qemu-system-arm", "--version", "emulated boards", "qemu-system-arm", True)


def _program(name: str, option: str, purpose: str, package: str, needed: bool) -> Check:
    found = _output(name, option)
    return Check(f"{name} ({purpose})", bool(found), needed, found, _apt(package))


def _apt(packages: str) -> str:
    return f"apt-get install {packages}"


def _output(*command: str) -> str:
    """First line that a program prints; empty when it is missing or fails."""
    try:
        return call(command, timeout_s=20).strip().partition("\n")[0]
    except ToolError:
        return ""


def _serial() -> Iterator[Check]:
    """Whether the serial ports that are there may be used; none attached is fine."""
    boards = [load_board(name) for name in board_ids()]
    there = ports.attached()
    named = [(port, ports.guess(port, boards)) for port in there]
    shown = [f"{p.device} ({' or '.join(names)}?)" if names else p.device for p, names in named]
    wrong = [error for error in map(ports.trouble, there) if error is not None]
    found = ", ".join(shown) or "none attached"
    hint = "; ".join(f"{error.message}: {error.hint}" for error in wrong)
    none = "" if there else f"plug a board in; {ports.CHARGE_ONLY}"
    yield Check("serial ports", not wrong, False, found, hint or none)
    if ports.modem_manager_runs():
        what = "it disturbs new serial ports for some seconds: "
        yield Check("no ModemManager", False, False, "it runs", what + ports.modem_manager_hint())
    yield from _loaders(boards)


def _loaders(boards: list[Board]) -> Iterator[Check]:
    """Boards that wait in a bootloader without a serial port."""
    devices = ports.usb_devices()
    for board in boards:
        if board.usb and set(board.usb.bootloader_disk_ids) & set(devices):
            hint = "it has no serial port there: press RESET, or load a firmware as its maker says"
            yield Check(f"{board.name} runs", False, False, "in its bootloader", hint)


def _registry() -> Check:
    from platformio import __registry_mirror_hosts__ as hosts

    name, hint = "PlatformIO's registry", "boards with a framework need it; emulated boards do not"
    try:
        with urllib.request.urlopen(f"https://api.{hosts[0]}/", timeout=_NETWORK_S):
            return Check(name, True, False, "reached", hint)
    except urllib.error.HTTPError:
        return Check(name, True, False, "reached", hint)
    except OSError as error:
        return Check(name, False, False, f"not reached: {error}", hint)
