"""The linker's map: how many bytes each object file's input sections take, and where."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

# " .text.td_text  0x00000100  0x10 path.o", the name alone on its line when it is long.
_OUTPUT = re.compile(r"^(\.[\w.]+)(?:\s|$)")
_PLACED = re.compile(
    r"^ (?P<name>[.\w$-]+|COMMON)\s+0x(?P<at>[0-9a-f]+)\s+0x(?P<size>[0-9a-f]+) (?P<object>\S.*)$"
)
_NAME = re.compile(r"^ (?P<name>\.[\w.$-]+)$")
_REST = re.compile(r"^ {2,}0x(?P<at>[0-9a-f]+)\s+0x(?P<size>[0-9a-f]+) (?P<object>\S.*)$")
_FILL = re.compile(r"^ \*fill\*\s+0x(?P<at>[0-9a-f]+)\s")
_BEGIN = "Linker script and memory map"
_SIZED = re.compile(r"^(?P<name>\.[\w.]+)\s+0x[0-9a-f]+\s+0x(?P<size>[0-9a-f]+)", re.MULTILINE)


@dataclass(frozen=True)
class Placed:
    """One input section: `output` is the section of the ELF it went to, `object` its file's path,
    an archive's member in brackets."""

    output: str
    section: str
    object: str
    bytes: int


def parse(text: str) -> list[Placed]:
    """All input sections of more than no bytes that the link kept, in order of address.

    Strings that the linker merged into others' are listed with their full size: a section takes no
    more than what lies before the next one.
    """
    placed: list[Placed] = []
    output = name = ""
    last_at = 0
    _, _, body = text.partition(_BEGIN)
    for line in body.splitlines():
        if start := _OUTPUT.match(line):
            output, name = start[1], ""
        elif alone := _NAME.match(line):
            name = alone["name"]
        else:
            match = _PLACED.match(line) or (_REST.match(line) if name else None)
            at = match or _FILL.match(line)
            if at and placed and placed[-1].output == output:
                room = max(0, int(at["at"], 16) - last_at)
                placed[-1] = replace(placed[-1], bytes=min(placed[-1].bytes, room))
            if match and int(match["size"], 16):
                section = match.groupdict().get("name") or name
                last_at = int(match["at"], 16)
                placed.append(Placed(output, section, match["object"], int(match["size"], 16)))
            name = ""
    return [part for part in placed if part.bytes]


def output_bytes(text: str) -> dict[str, int]:
    """Bytes of each section of the ELF, also of a link that failed and left no ELF."""
    _, _, body = text.partition(_BEGIN)
    return {m["name"]: size for m in _SIZED.finditer(body) if (size := int(m["size"], 16))}
