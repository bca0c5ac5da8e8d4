"""Folders of attempts, made ahead and removed behind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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


def test_a_folder_in_which_nothing_was_left_is_for_the_next_attempt(folders: Folders, tmp_path: Path) -> None:
    seen = set()
    with ExitStack() as held:
        for number in range(6):
            directory = tmp_path / "scratch" / f"run-{number}"
            folders.make(directory)
            assert [each.name for each in directory.iterdir()] == [WORK_FOLDER]
            seen.add(directory.stat().st_ino)
            # The number of one that is gone could be given to another one.
            held.callback(os.close, os.open(directory, os.O_RDONLY))
            folders.remove(directory)
            assert not directory.exists()
    # The first, and the one that was made ahead meanwhile.
    assert len(seen) <= 2


@pytest.mark.parametrize(
    "trace",
    [
        lambda folder: (folder / WORK_FOLDER / "left.txt").touch(),
        lambda folder: (folder / "results").mkdir(),
        lambda folder: (folder / WORK_FOLDER).chmod(0o777),
        lambda folder: folder.chmod(0o755),
        lambda folder: os.setxattr(folder / WORK_FOLDER, "user.note", b"mine"),
        lambda folder: (folder / WORK_FOLDER).rename(folder / "moved"),
    ],
    ids=["a file", "a folder", "open to all", "open to others", "an attribute", "moved"],
)
def test_a_folder_with_any_trace_of_an_attempt_is_not(
    trace: Callable[[Path], object], folders: Folders, tmp_path: Path
) -> None:
    first, second = (tmp_path / "scratch" / name for name in ("run-1", "run-2"))
    folders.make(first)
    before = first.stat().st_ino, (first / WORK_FOLDER).stat().st_ino
    trace(first)
    # A number that is free again could be given to another one.
    held = os.open(first, os.O_RDONLY)
    try:
        folders.remove(first)
        folders.make(second)
        assert (second.stat().st_ino, (second / WORK_FOLDER).stat().st_ino) != before
        assert second.stat().st_mode & 0o777 == 0o700
        assert not list((second / WORK_FOLDER).iterdir())
    finally:
        os.close(held)


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
