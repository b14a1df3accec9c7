"""What a linked firmware says of itself: sections that take memory, symbols, the compiler."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

_SHF_WRITE, _SHF_ALLOC = 1, 2


@dataclass(frozen=True)
class Section:
    """A section that takes `bytes` of memory; `in_file` unless it is only room."""

    name: str
    bytes: int
    in_file: bool
    writable: bool


@dataclass(frozen=True)
class Symbol:
    """A function or a variable, and the section it lies in; empty when that is none."""

    name: str
    section: str
    address: int
    bytes: int
    is_function: bool


def sections(elf: Path) -> list[Section]:
    """The sections that take memory, in order of the file."""
    with elf.open("rb") as file:
        return [
            Section(
                s.name, s["sh_size"], s["sh_type"] != "SHT_NOBITS", bool(s["sh_flags"] & _SHF_WRITE)
            )
            for s in ELFFile(file).iter_sections()
            if s["sh_flags"] & _SHF_ALLOC and s["sh_size"]
        ]


def symbols(elf: Path) -> list[Symbol]:
    """All functions and variables."""
    with elf.open("rb") as file:
        return list(_symbols(ELFFile(file)))


def _symbols(image: ELFFile) -> Iterator[Symbol]:
    names = [section.name for section in image.iter_sections()]
    for table in image.iter_sections():
        if not isinstance(table, SymbolTableSection):
            continue
        for symbol in table.iter_symbols():
            kind, index = symbol["st_info"]["type"], symbol["st_shndx"]
            if kind in ("STT_FUNC", "STT_OBJECT"):
                section = names[index] if isinstance(index, int) else ""
                yield Symbol(
                    symbol.name, section, symbol["st_value"], symbol["st_size"], kind == "STT_FUNC"
                )


def compiler(elf: Path) -> str:
    """The compiler as it signed, `unknown` when it did not."""
    with elf.open("rb") as file:
        comment = ELFFile(file).get_section_by_name(".comment")
        return comment.data().split(b"\0")[0].decode() if comment else "unknown"
