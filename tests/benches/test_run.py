"""The whole bench on the host: it runs, keeps, fails cell by cell, and dies without a trace."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from tinydeploy import cli
from tinydeploy.bench import history
from tinydeploy.bench.attached import port_of
from tinydeploy.bench.file import Bench, read_bench
from tinydeploy.bench.local import LocalPlace, error
from tinydeploy.bench.markdown import proof
from tinydeploy.bench.matrix import Cell, cells
from tinydeploy.bench.run import run
from tinydeploy.bench.worker import OUTCOME, REPORT, Request
from tinydeploy.board import load_board
from tinydeploy.errors import DeviceError

from .conftest import BENCH, ROOT, Write, make_report

SCHEMA = json.loads((ROOT / "docs" / "bench.schema.json").read_text(encoding="utf-8"))


def newest() -> Path:
    return max(Path("results").glob("2*/summary.json")).parent


def summary(folder: Path) -> dict[str, Any]:
    """The summary, proven to follow its schema, and every file to be what the manifest says."""
    document: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert there == {*manifest, "manifest.json"}
    for name, told in manifest.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == told["sha256"]
    return document


@pytest.mark.slow
def test_the_bench_from_end_to_end(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    text = BENCH.replace("samples = 3", "samples = [3, 4]") + "[[budget]]\nflash_bytes = 9e6\n"
    write(text)
    assert cli.run(["bench", "run", "-j", "2"]) == 0
    first = newest()
    document = summary(first)
    assert document["counts"] == {"passed": 2, "failed": 0, "error": 0, "skipped": 0}
    assert [row["samples"] for row in document["cells"]] == [3, 4]
    assert len({row["build_id"] for row in document["cells"]}) == 1
    assert len(list(Path("build/bench/projects").iterdir())) == 1
    folder = first / "cells" / "tiny-host-aot-int8-balanced-n3"
    assert (folder / "layers.csv").read_text().startswith("index,op,name,macs,us\n0,CONV_2D,")
    assert b"m-info-".hex() in (folder / "serial.jsonl").read_text()
    page = (first / "results.html").read_text(encoding="utf-8")
    assert "<svg" in page and "prefers-color-scheme" in page
    assert "http://" not in page.replace("http://www.w3.org/", "") and "https://" not in page

    began = time.monotonic()
    assert cli.run(["bench", "run"]) == 0
    assert time.monotonic() - began < 5
    assert "nothing changed since results/" in capsys.readouterr().out
    assert newest() == first

    # A stricter budget runs nothing, but fails.
    write(text.replace("9e6", "9"))
    assert cli.run(["bench", "run"]) == 8
    document = summary(newest())
    assert document["counts"]["failed"] == 2 and all(row["kept"] for row in document["cells"])
    assert "is over its budget of 9" in document["cells"][0]["reason"]
    found = ElementTree.parse(newest() / "junit.xml").getroot()
    assert found.attrib["failures"] == "2"
    assert len(found.findall("./testsuite/testcase/failure")) == 2
    table = (newest() / "results.md").read_text(encoding="utf-8")
    assert table.startswith("<!-- tinydeploy-bench -->\n") and "❌" in table

    assert cli.run(["compare", str(first), str(newest()), "--fail-on", "0"]) == 0
    assert cli.run(["report", str(first), "--markdown"]) == 0
    assert cli.run(["bench", "history", "tiny", "--plot", "h.svg"]) == 0
    assert "1" in capsys.readouterr().out and Path("h.svg").read_text().startswith("<?xml")
    assert cli.run(["bench", "history", "tinny"]) == 2


def processes(folder: Path) -> list[str]:
    """Command lines of all processes that have to do with `folder`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def start_bench(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tinydeploy", "bench", "run", "--again"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def gone(folder: Path) -> bool:
    end = time.monotonic() + 5
    while left := processes(folder):
        if time.monotonic() > end:
            raise AssertionError(left)
        time.sleep(0.05)
    return True


@pytest.mark.slow
def test_killed_or_interrupted_it_leaves_nothing(write: Write, tmp_path: Path) -> None:
    """SIGKILL at random moments and Ctrl-C; the next bench works at once."""
    write(BENCH.replace("samples = 3", "samples = [3, 4, 5]"))
    moments = random.Random(6)
    for end in (signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGINT):
        process = start_bench(tmp_path)
        time.sleep(moments.uniform(0.5, 4))
        process.send_signal(end)
        code = process.wait(20)
        assert code in (-signal.SIGKILL, 130, 0), code
        assert gone(tmp_path)
    assert not list(tmp_path.glob("results/.running-*")) or end == signal.SIGKILL
    assert start_bench(tmp_path).wait(60) == 0
    assert summary(newest())["counts"]["passed"] == 3
    assert not list(tmp_path.glob("results/.running-*"))


class Scripted:
    """A `Place` whose steps end at once as told; it keeps count of who ran beside whom."""

    shares_builds = True

    def __init__(self, slots: int, outcomes: dict[str, dict[str, Any]], polls: int = 3) -> None:
        self.slots, self.outcomes, self.polls = slots, outcomes, polls
        self.started: list[Request] = []
        self.live: list[ScriptedStep] = []
        self.most_on: dict[str, int] = {}
        self.most = 0

    def start(self, request: Request, folder: Path) -> ScriptedStep:
        folder.mkdir(parents=True)
        self.started.append(request)
        step = ScriptedStep(self, request, folder)
        self.live.append(step)
        self.most = max(self.most, len(self.live))
        names = [s.request.place.get("id", "") for s in self.live if s.request.step == "run"]
        for name in filter(None, names):
            self.most_on[name] = max(self.most_on.get(name, 0), names.count(name))
        return step

    def close(self) -> None:
        pass


class ScriptedStep:
    def __init__(self, place: Scripted, request: Request, folder: Path) -> None:
        self.place, self.request, self.folder, self.left = place, request, folder, place.polls

    def outcome(self) -> dict[str, Any] | None:
        self.left -= 1
        if self.left > 0:
            return None
        self.place.live.remove(self)
        passed = {"status": "passed", "kind": "", "reason": "", "hint": "", "seconds": 0.1}
        found = self.place.outcomes.get(f"{self.request.step} {self.request.id}", passed)
        (self.folder / REPORT).write_text(json.dumps(make_report()))
        (self.folder / OUTCOME).write_text(json.dumps(found))
        return found

    def stop(self) -> None:
        pass


def scripted(path: Path, place: Scripted) -> tuple[Bench, list[Cell], dict[str, str]]:
    bench = read_bench(path)
    chosen = cells(bench)
    done = run(bench, chosen, place, path.parent / "staging", 1.0, lambda text: None)
    return bench, chosen, {one.cell.id: one.outcome["status"] for one in done}


def test_one_that_fails_does_not_stop_the_others(write: Write) -> None:
    path = write(BENCH.replace('["host"]', '["host", "mps2-an386", "mps2-an500"]'))
    name = "tiny-{}-aot-int8-balanced"
    bad = {
        "run " + name.format("host"): error("Crash", "SIGSEGV"),
        "build " + name.format("mps2-an386"): error("ToolError", "no compiler"),
    }
    place = Scripted(2, bad)
    _, chosen, found = scripted(path, place)
    assert found == {
        name.format("host"): "error",
        name.format("mps2-an386"): "error",
        name.format("mps2-an500"): "passed",
    }
    assert [r.step for r in place.started].count("run") == 2 and place.most == 2
    kept = {p.name for p in Path("build/bench/cells").iterdir()}
    assert kept == {cell.key for cell in chosen if "an500" in cell.id}


def test_each_real_board_has_one_job_at_a_time(write: Write) -> None:
    boards = "".join(
        f"[[inventory]]\nplatform = 'pico'\nid = '{name}'\nserial = '/dev/tty{name}'\n"
        for name in ("A", "B")
    )
    text = BENCH.replace('["host"]', '["pico"]').replace("= 3", "= [1, 2, 3, 4, 5, 6]") + boards
    place = Scripted(8, {})
    _, _, found = scripted(write(text), place)
    assert set(found.values()) == {"passed"} and len(found) == 6
    assert place.most_on == {"A": 1, "B": 1}
    assert [r.step for r in place.started] == ["build"] + ["run"] * 6


def test_200_cells_at_a_steady_rate(write: Write) -> None:
    """The scheduler's own cost; files, pipes and memory are those of a few cells at a time."""
    text = BENCH.replace('["host"]', '["host", "mps2-an386"]').replace(
        "= 3", f"= {list(range(1, 101))}"
    )
    path = write(text)
    files = len(list(Path("/proc/self/fd").iterdir()))
    began = time.monotonic()
    _, _, found = scripted(path, Scripted(2, {}, polls=1))
    assert len(found) == 200 and set(found.values()) == {"passed"}
    assert time.monotonic() - began < 30
    assert len(list(Path("/proc/self/fd").iterdir())) == files


@pytest.mark.slow
def test_processes_end_with_their_steps(write: Write, tmp_path: Path) -> None:
    """A step that takes too long, and one that crashes, with what they started."""
    bench = read_bench(write())
    place = LocalPlace(1, limit_s=0.2)
    (done,) = run(bench, cells(bench), place, tmp_path / "s", 1.0, lambda text: None)
    assert done.outcome["kind"] == "Timeout" and gone(tmp_path)
    asked = Request(*["run", *[""] * 8], 1, 1, "", 0, 0.0, 0, "", "", "", {}, 1.0)
    running = LocalPlace(1).start(asked, tmp_path / "crash")
    while (found := running.outcome()) is None:
        time.sleep(0.02)
    assert found["status"] == "error" and found["reason"]


def test_a_board_that_is_not_there_is_told() -> None:
    with pytest.raises(DeviceError, match="serial number 36C1 is not attached"):
        port_of(load_board("nano33"), {"serial": "36C1"})
    with pytest.raises(DeviceError, match="no port /dev/ttyNONE"):
        port_of(load_board("nano33"), {"serial": "/dev/ttyNONE"})


def test_history_catches_up_and_counts_nothing_twice(tmp_path: Path) -> None:
    row = dict.fromkeys(SCHEMA["properties"]["cells"]["items"]["required"])
    row |= {"id": "c", "model": "m", "board": "b", "engine": "aot", "unit": "us", "kept": False}
    for number in (1, 2):
        folder = tmp_path / f"2026010{number}T000000Z"
        folder.mkdir()
        about = {"schema": "tinydeploy.bench/1", "host": "", "commit": "", "tinydeploy": ""}
        cells = [{**row, "median": number}, {**row, "id": "d", "median": 5, "kept": True}]
        document = {**about, "stamp": folder.name, "seconds": 1, "cells": cells}
        (folder / "summary.json").write_text(json.dumps(document))
        path = history.catch_up(tmp_path)
        assert history.catch_up(tmp_path) == path
    (line,) = history.lines(path, "m")
    assert [point[2] for point in line["points"]] == [1, 2]
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM cells").fetchone() == (4,)


def test_floats_are_told_to_be_within_their_tolerance() -> None:
    row = {"bit_exact": True, "within_tolerance": True, "max_error_ulps": 0.0, "samples": 20}
    near = {**row, "bit_exact": False, "max_error_ulps": 2.345}
    assert proof(row) == "exactly, 20 samples"
    assert proof(near) == "within tolerance (2.35 ulps), 20 samples"
    assert proof({**near, "within_tolerance": False, "max_error_ulps": None}) == "no"
    assert proof(dict.fromkeys(row)) == ""


def test_an_older_history_is_widened(tmp_path: Path) -> None:
    columns = [name for name in history._CELLS if name not in ("within_tolerance", "kept")]
    with sqlite3.connect(tmp_path / history.FILE_NAME) as database:
        names = ", ".join(f'"{name}"' for name in columns)
        database.execute(f"CREATE TABLE cells (stamp TEXT NOT NULL, {names})")
        database.execute("INSERT INTO cells (stamp, id, median) VALUES ('1', 'c', 5)")
    path = history.catch_up(tmp_path)
    with sqlite3.connect(path) as database:
        found = database.execute("SELECT median, within_tolerance, kept FROM cells").fetchall()
    assert found == [(5, None, None)]
