from __future__ import annotations

from pathlib import Path

import pytest

from tinydeploy.errors import UsageError
from tinydeploy.settings import FILE_NAME, Settings, read_settings, write_settings


def test_a_folder_without_the_file_has_no_settings(tmp_path: Path) -> None:
    assert read_settings(tmp_path) is None


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    odd = tmp_path / 'mo "del"\\é😀.keras'
    given = Settings(model=odd, calib=tmp_path / "sub/c.npz", scheme="int8", board="host")
    write_settings(given, tmp_path)
    assert read_settings(tmp_path) == given


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('model = "a/m.keras"\nlabels = "/data/t.npz"\n')
    settings = read_settings(tmp_path)
    assert settings is not None
    assert settings.model == tmp_path / "a/m.keras"
    assert settings.labels == Path("/data/t.npz")
    assert settings.calib is None and settings.engine == ""


def test_never_overwrites_without_being_told(tmp_path: Path) -> None:
    path = write_settings(Settings(board="host"), tmp_path)
    with pytest.raises(UsageError, match="exists already"):
        write_settings(Settings(board="nano33"), tmp_path)
    assert path.read_text() == 'board = "host"\n'
    write_settings(Settings(board="nano33"), tmp_path, overwrite=True)
    assert path.read_text() == 'board = "nano33"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('modle = "m.keras"', "did you mean 'model'"),
        ("board = 3", "board must be text"),
        ('board = ""', "board must be text"),
        ("board = host", FILE_NAME),
        ("[board]\nid = 1", "board must be text"),
    ],
)
def test_wrong_files_are_one_error(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(UsageError) as caught:
        read_settings(tmp_path)
    assert said in str(caught.value)


def test_a_file_that_is_no_utf8_is_one_error(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b'board = "\xff"')
    with pytest.raises(UsageError):
        read_settings(tmp_path)
