"""What files and folders hold: the same digest for the same, another one for anything else, none where nobody can tell."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_toolrunner.storage.contents import FileContents


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "box" / "deep").mkdir(parents=True)
    (tmp_path / "box" / "a.txt").write_text("one")
    (tmp_path / "box" / "deep" / "b.txt").write_text("two")
    return tmp_path / "box"


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda box: (box / "deep" / "b.txt").write_text("six"),
    "new file": lambda box: (box / "c.txt").touch(),
    "removed file": lambda box: (box / "a.txt").unlink(),
    "other name": lambda box: (box / "a.txt").rename(box / "z.txt"),
    "moved": lambda box: (box / "a.txt").rename(box / "deep" / "a.txt"),
    "new empty folder": lambda box: (box / "empty").mkdir(),
    "hidden file": lambda box: (box / ".env").write_text("KEY=1"),
    "link to another file": lambda box: (box / "link").symlink_to(box / "a.txt"),
    "name that is no text": lambda box: Path(os.fsdecode(os.fsencode(box) + b"/\xff")).touch(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_folder_is_another_one_after_any_change(folder: Path, change: str) -> None:
    known = FileContents(settled=0)
    before = known.of(str(folder))
    assert known.of(str(folder)) == before
    CHANGES[change](folder)
    assert known.of(str(folder)) not in (None, before)
    assert known.of(str(folder)) == FileContents().of(str(folder))


def test_what_python_leaves_in_a_folder_changes_nothing(folder: Path) -> None:
    before = FileContents().of(str(folder))
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "a.pyc").write_text("x")
    assert FileContents().of(str(folder)) == before


def test_a_link_counts_by_what_it_leads_to(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "data").write_text("one")
    (folder / "link").symlink_to(outside)
    before = FileContents().of(str(folder))
    (outside / "data").write_text("two")
    assert FileContents().of(str(folder)) != before


def test_a_folder_within_itself_has_an_end(folder: Path) -> None:
    (folder / "deep" / "up").symlink_to(folder)
    assert FileContents().of(str(folder)) is not None


@pytest.mark.parametrize("name", ["nothing", "*.txt", "a", "a.txt/below a file", "a.txt,b.txt"])
def test_nothing_is_said_of_what_is_not_there(folder: Path, name: str) -> None:
    assert FileContents().of(str(folder / name)) is None


def test_a_link_within_a_folder_may_lead_nowhere(folder: Path, tmp_path: Path) -> None:
    (folder / "link").symlink_to(tmp_path / "later")
    before = FileContents().of(str(folder))
    assert before is not None
    (tmp_path / "later").touch()
    assert FileContents().of(str(folder)) not in (None, before)


def test_a_folder_may_be_deeper_than_calls_can_be(tmp_path: Path) -> None:
    top = tmp_path / "d"
    descriptor = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1_500):
        os.mkdir("d", dir_fd=descriptor)
        inner = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    before = FileContents().of(str(top))
    assert before is not None
    os.close(os.open("file", os.O_CREAT, dir_fd=descriptor))
    os.close(descriptor)
    assert FileContents().of(str(top)) not in (None, before)
    # Python's own way to remove a folder calls itself.
    subprocess.run(["rm", "-r", top], check=True)


def test_nothing_is_said_of_what_has_no_end(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert FileContents().of(str(folder)) is None
    assert FileContents().of("/dev/zero") is None
    assert FileContents().of("\0") is None


def test_nothing_is_said_of_what_the_system_makes_up(folder: Path) -> None:
    (folder / "link").symlink_to("/proc/self/status")
    assert FileContents().of("/proc/self/status") is None
    assert FileContents().of(str(folder)) is None
    assert FileContents().of("/") is None


def test_a_pipe_is_not_opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(folder / "pipe")
    opened: list[str] = []
    open_file = os.open

    def noted(path: str, flags: int) -> int:
        opened.append(path)
        return open_file(path, flags)

    monkeypatch.setattr(os, "open", noted)
    assert FileContents().of(str(folder / "pipe")) is None
    assert FileContents().of(str(folder)) is None
    assert {os.path.basename(path) for path in opened} == {"a.txt", "b.txt"}


def test_nothing_is_said_of_too_much(folder: Path) -> None:
    assert FileContents(most_bytes=5).of(str(folder / "a.txt")) is not None
    assert FileContents(most_bytes=5).of(str(folder)) is None
    assert FileContents(most_files=4).of(str(folder)) is not None
    assert FileContents(most_files=3).of(str(folder)) is None


def test_all_that_one_look_looks_at_has_a_limit(folder: Path) -> None:
    for limit in ({"most_bytes": 5}, {"most_files": 1}):
        look = FileContents(**limit).look()
        assert look.of(str(folder / "a.txt")) is not None
        assert look.of(str(folder / "deep" / "b.txt")) is None


def test_one_look_reads_nothing_twice_however_it_is_spelled(folder: Path) -> None:
    look = FileContents(settled=1_000, most_files=1).look()
    (folder / "link").symlink_to(folder / "a.txt")
    spelled = ("a.txt", "./a.txt", "deep/../a.txt", "link")
    assert len({look.of(f"{folder}/{each}") for each in spelled}) == 1
    assert look.of(f"{folder}/a.txt") is not None


def test_a_settled_file_is_read_once_and_one_that_was_just_changed_each_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    read = os.read

    def counted(descriptor: int, size: int) -> bytes:
        reads.append(descriptor)
        return read(descriptor, size)

    monkeypatch.setattr(os, "read", counted)
    file = str(folder / "a.txt")
    for known, expected in ((FileContents(settled=-1), 2), (FileContents(settled=1_000), 4)):
        reads.clear()
        assert known.of(file) == known.of(file)
        assert len(reads) == expected
