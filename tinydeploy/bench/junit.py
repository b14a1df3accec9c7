"""`render`: a run as JUnit XML, in that part of it that GitHub, GitLab and Jenkins read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree

MOST_SAID = 20_000
# What XML 1.0 cannot hold, also not escaped: a board may say anything.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(document: Mapping[str, Any], log: Callable[[str], str]) -> str:
    """The XML of a summary; `log` gives what was said while a cell ran, by its id."""
    rows = document["cells"]
    counts = {
        "tests": str(len(rows)),
        "failures": str(document["counts"]["failed"]),
        "errors": str(document["counts"]["error"]),
        "skipped": str(document["counts"]["skipped"]),
        "time": f"{sum(row['seconds'] for row in rows):.3f}",
    }
    suites = ElementTree.Element("testsuites", {"name": "tinydeploy bench", **counts})
    stamp = document["stamp"]
    time = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[9:11]}:{stamp[11:13]}:{stamp[13:15]}"
    about = {"timestamp": time, "hostname": document["host"]}
    suite = ElementTree.SubElement(suites, "testsuite", {"name": "bench", **counts, **about})
    for row in rows:
        _case(suite, row, log(row["id"]))
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _case(suite: ElementTree.Element, row: Mapping[str, Any], said: str) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        {
            "classname": f"bench.{row['model']}.{row['board']}",
            "name": row["id"],
            "time": f"{row['seconds']:.3f}",
        },
    )
    message = _clean(row["reason"])
    text = _clean("\n".join(filter(None, [row["reason"], row["hint"]])))
    if row["status"] == "skipped":
        ElementTree.SubElement(case, "skipped", {"message": message})
    elif row["status"] in ("failed", "error"):
        tag = "failure" if row["status"] == "failed" else "error"
        found = ElementTree.SubElement(case, tag, {"message": message, "type": row["kind"]})
        found.text = text
    if said and row["status"] != "skipped":
        ElementTree.SubElement(case, "system-out").text = _clean(said[-MOST_SAID:])


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
