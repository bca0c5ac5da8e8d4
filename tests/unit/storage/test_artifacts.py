"""The artifact store keeps whole contents alone."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

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
