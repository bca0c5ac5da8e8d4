"""Folders of attempts, made ahead and removed behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_toolrunner.core.ports import WORK_FOLDER
from jupyter_toolrunner.services.folders import Folders


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Folders]:
    made = Folders(tmp_path / "scratch")
    yield made
    made.close()


def test_each_attempt_gets_a_folder_of_its_own_that_is_closed_to_others(
    folders: Folders, tmp_path: Path
) -> None:
    for number in range(5):
        directory = tmp_path / "scratch" / f"run-{number}"
        folders.make(directory)
        assert [each.name for each in directory.iterdir()] == [WORK_FOLDER]
        assert not list((directory / WORK_FOLDER).iterdir())
        assert directory.stat().st_mode & 0o777 == 0o700
        (directory / WORK_FOLDER / "left.txt").write_text("of an earlier run")
        folders.remove(directory)


def test_what_attempts_left_is_gone_at_the_end(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "scratch")
    directory = tmp_path / "scratch" / "run-1"
    folders.make(directory)
    (directory / WORK_FOLDER / "deep" / "er").mkdir(parents=True)
    folders.remove(directory)
    folders.close()
    assert not directory.exists()


def test_a_folder_is_made_where_somebody_removed_all_that_was_made_ahead(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "scratch")
    folders.close()
    shutil.rmtree(tmp_path / "scratch")
    folders.make(tmp_path / "scratch" / "run-1")
    assert (tmp_path / "scratch" / "run-1" / WORK_FOLDER).is_dir()


def test_a_folder_that_cannot_be_made_is_told(folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        folders.make(tmp_path / "file" / "run-1")
