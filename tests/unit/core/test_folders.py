from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from jupyter_toolrunner.core.errors import NotAvailable
from jupyter_toolrunner.core.folders import private_folder, remove_tree


def test_a_tree_is_removed_however_deep_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    inside = os.open(folder, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=inside)
        deeper = os.open("d", os.O_RDONLY, dir_fd=inside)
        os.close(inside)
        inside = deeper
    os.close(inside)
    remove_tree(folder)
    assert list(tmp_path.iterdir()) == []


def test_a_tree_is_removed_where_nothing_in_it_can_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    (folder / "a" / "b" / "c").mkdir(parents=True)
    (folder / "a" / "b" / "large").touch()
    (folder / "a" / "b" / "c" / "larger").touch()

    def full(*_names: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    remove_tree(folder)
    assert list(tmp_path.iterdir()) == []


def test_links_are_removed_and_what_they_lead_to_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "link").symlink_to(kept)
    (folder / "dangling").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    remove_tree(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (kept / "file").exists()


def test_closed_folders_are_removed_too(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "closed" / "inside").mkdir(parents=True)
    (folder / "closed").chmod(0)
    remove_tree(folder)
    assert not folder.exists()


def test_what_is_not_there_is_removed_without_a_word(tmp_path: Path) -> None:
    remove_tree(tmp_path / "none")


def test_a_private_folder_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "services"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    assert private_folder(folder).stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "services").symlink_to(tmp_path / "theirs")
    with pytest.raises(NotAvailable):
        private_folder(tmp_path / "services")
