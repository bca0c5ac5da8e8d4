"""The artifact store keeps whole contents alone."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jupyter_toolrunner.core.errors import NotFound
from jupyter_toolrunner.storage.artifacts import FolderArtifactStore


@pytest.mark.parametrize("size", [10, 3 << 20])
def test_a_full_disk_keeps_no_halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    store = FolderArtifactStore(tmp_path / "store")
    source = tmp_path / "a"
    source.write_bytes(bytes(size))

    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.put(source)
    assert list((tmp_path / "store" / "incoming").iterdir()) == []


def test_halves_of_the_dead_are_removed_and_those_of_the_living_stay(tmp_path: Path) -> None:
    store = FolderArtifactStore(tmp_path)
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming" / "half").write_bytes(b"of somebody who was killed")
    file, name = store._new_file()
    store.clean()
    assert list((tmp_path / "incoming").iterdir()) == [Path(name)]
    os.close(file)
    store.clean()
    assert list((tmp_path / "incoming").iterdir()) == []


def test_what_a_removal_put_aside_is_within_reach_and_goes_with_the_next(tmp_path: Path) -> None:
    store = FolderArtifactStore(tmp_path)
    digest, _ = store.put_content(b"content")
    aside = tmp_path / "removed" / digest
    aside.parent.mkdir()
    # As one leaves it that was killed before it looked at the age.
    store.path(digest).rename(aside)
    assert store.path(digest).read_bytes() == b"content"
    assert store.remove(digest, datetime.now(UTC) + timedelta(minutes=1))
    with pytest.raises(NotFound):
        store.path(digest)
    assert not aside.exists()
