"""Uploads: pieces in order, digests compared, limits named, what nobody uses goes away."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jupyter_toolrunner.core.errors import Conflict, Forbidden, InvalidRequest, NotFound, TooLarge
from jupyter_toolrunner.core.ids import ArtifactId, Digest
from jupyter_toolrunner.core.uploads import PIECE
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.schema import upgrade
from jupyter_toolrunner.db.uploads import SqlUploadStore
from jupyter_toolrunner.services import uploads as module
from jupyter_toolrunner.services.uploads import UploadService
from jupyter_toolrunner.storage.artifacts import FolderArtifactStore
from jupyter_toolrunner.storage.uploads import FolderUploads


@pytest.fixture
def files(tmp_path: Path) -> FolderUploads:
    return FolderUploads(tmp_path / "artifacts" / "uploads")


@pytest.fixture
def store(tmp_path: Path) -> SqlUploadStore:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.db'}")
    upgrade(engine)
    return SqlUploadStore(engine)


@pytest.fixture
def artifacts(tmp_path: Path) -> FolderArtifactStore:
    return FolderArtifactStore(tmp_path / "artifacts")


@pytest.fixture
def uploads(store: SqlUploadStore, files: FolderUploads, artifacts: FolderArtifactStore) -> UploadService:
    return UploadService(uploads=store, files=files, artifacts=artifacts, limit=1000, user_limit=1500)


def _whole(uploads: UploadService, content: bytes = b"hello", name: str = "a.txt") -> ArtifactId:
    upload = uploads.begin(name, len(content), "anna")
    uploads.write(upload.id, 0, content, "anna")
    uploads.finish(upload.id, "anna")
    return upload.id


def test_pieces_make_the_file_and_its_digest(uploads: UploadService, artifacts: FolderArtifactStore) -> None:
    upload = uploads.begin("folder\\a.txt", 10, "anna")
    assert (upload.name, upload.received) == ("a.txt", 0)
    assert uploads.write(upload.id, 0, b"hello", "anna").received == 5
    piece = b"world"
    uploads.write(upload.id, 5, piece, "anna", digest=hashlib.sha256(piece).hexdigest())
    whole = hashlib.sha256(b"helloworld").hexdigest()
    assert uploads.finish(upload.id, "anna", digest=whole).digest == whole
    assert uploads.finish(upload.id, "anna").digest == whole
    uploads.keep(upload.id)
    uploads.keep(upload.id)
    assert artifacts.path(Digest(whole)).read_bytes() == b"helloworld"


def test_an_empty_file_is_a_file(uploads: UploadService) -> None:
    assert uploads.finish(uploads.begin("e", 0, "anna").id, "anna").digest == hashlib.sha256(b"").hexdigest()


def test_a_piece_that_is_sent_twice_or_out_of_order_is_refused_with_where_to_go_on(
    uploads: UploadService,
) -> None:
    upload = uploads.begin("a", 10, "anna")
    uploads.write(upload.id, 0, b"hello", "anna")
    for offset in (0, 6):
        with pytest.raises(Conflict) as refused:
            uploads.write(upload.id, offset, b"abc", "anna")
        assert refused.value.hint == "Go on at 5."
    assert uploads.get(upload.id, "anna").received == 5


def test_what_was_changed_on_its_way_is_refused(uploads: UploadService) -> None:
    upload = uploads.begin("a", 5, "anna")
    with pytest.raises(InvalidRequest, match="changed on its way"):
        uploads.write(upload.id, 0, b"hello", "anna", digest="0" * 64)
    assert uploads.get(upload.id, "anna").received == 0
    uploads.write(upload.id, 0, b"hello", "anna")
    with pytest.raises(InvalidRequest, match="changed on its way"):
        uploads.finish(upload.id, "anna", digest="0" * 64)
    with pytest.raises(InvalidRequest, match="ends behind"):
        uploads.write(upload.id, 5, b"!", "anna")


def test_half_a_file_is_not_finished_and_no_value(uploads: UploadService) -> None:
    upload = uploads.begin("a", 10, "anna")
    uploads.write(upload.id, 0, b"hello", "anna")
    with pytest.raises(Conflict, match="5 of 10 bytes"):
        uploads.finish(upload.id, "anna")
    with pytest.raises(NotFound, match="not whole"):
        uploads.keep(upload.id)


def test_limits_are_named(uploads: UploadService, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge, match=r"a has 1\.0 kB; a file may have 1\.0 kB"):
        uploads.begin("a", 1001, "anna")
    uploads.begin("a", 1000, "anna")
    with pytest.raises(TooLarge, match=r"one user may have 1\.5 kB"):
        uploads.begin("b", 501, "anna")
    uploads.begin("b", 501, "boris")
    monkeypatch.setattr(module, "LEAST_FREE", 2**62)
    with pytest.raises(TooLarge, match="disk has room for 0 bytes"):
        uploads.begin("c", 1, "carla")


def test_a_full_disk_keeps_what_was_sent(uploads: UploadService, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = uploads.begin("a", 10, "anna")
    uploads.write(upload.id, 0, b"hello", "anna")
    with monkeypatch.context() as patched:
        patched.setattr(module, "LEAST_FREE", 2**62)
        with pytest.raises(TooLarge, match="disk is nearly full"):
            uploads.write(upload.id, 5, b"world", "anna")
    assert uploads.write(upload.id, 5, b"world", "anna").received == 10


def test_nobody_reaches_the_uploads_of_another(uploads: UploadService) -> None:
    upload = uploads.begin("a", 10, "anna")
    for call in (
        lambda: uploads.get(upload.id, "boris"),
        lambda: uploads.write(upload.id, 0, b"x", "boris"),
        lambda: uploads.finish(upload.id, "boris"),
        lambda: uploads.remove(upload.id, "boris"),
    ):
        with pytest.raises(NotFound):
            call()


@pytest.mark.parametrize("name", ["", ".", "..", "a/..", "x" * 256, "/"])
def test_a_name_that_is_no_files_is_refused(uploads: UploadService, name: str) -> None:
    with pytest.raises(InvalidRequest):
        uploads.begin(name, 1, "anna")


def test_a_piece_larger_than_agreed_is_refused(
    store: SqlUploadStore, files: FolderUploads, artifacts: FolderArtifactStore
) -> None:
    uploads = UploadService(uploads=store, files=files, artifacts=artifacts, limit=2**40, user_limit=2**40)
    upload = uploads.begin("a", 3 * PIECE, "anna")
    with pytest.raises(TooLarge, match="A piece has"):
        uploads.write(upload.id, 0, bytes(2 * PIECE + 1), "anna")


def test_only_what_nobody_used_for_a_week_is_removed(
    uploads: UploadService, store: SqlUploadStore, files: FolderUploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, used, fresh = (_whole(uploads, name.encode()) for name in ("old", "used", "fresh"))
    uploads.keep(used)
    monkeypatch.setattr(module, "PATIENCE", timedelta(seconds=-60))
    week_ago = (datetime.now(UTC) - timedelta(days=8)).timestamp()
    os.utime(files.path(old), (week_ago, week_ago))
    os.utime(files.path(fresh), (2**33, 2**33))
    assert uploads.clean() == 1
    with pytest.raises(NotFound):
        store.get(old)
    assert not files.path(old).exists()
    assert store.get(fresh).digest
    assert store.get(used).used_at


def test_what_is_used_is_not_removed_by_hand(uploads: UploadService) -> None:
    used, unused = _whole(uploads), _whole(uploads, b"other")
    uploads.keep(used)
    with pytest.raises(Forbidden):
        uploads.remove(used, "anna")
    assert uploads.remove(unused, "anna").name == "a.txt"
    with pytest.raises(NotFound):
        uploads.get(unused, "anna")


def test_what_is_removed_at_the_moment_of_a_submit_is_refused_there(
    uploads: UploadService, store: SqlUploadStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = _whole(uploads)
    seen = store.get(upload)
    uploads.remove(upload, "anna")
    monkeypatch.setattr(store, "get", lambda _upload: seen)
    with pytest.raises(NotFound):
        uploads.keep(upload)


def test_what_a_run_takes_at_the_moment_of_a_removal_stays(
    uploads: UploadService,
    store: SqlUploadStore,
    artifacts: FolderArtifactStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload = _whole(uploads)
    seen = store.get(upload)
    uploads.keep(upload)
    with monkeypatch.context() as patched:
        patched.setattr(store, "get", lambda _upload: seen)
        with pytest.raises(Forbidden):
            uploads.remove(upload, "anna")
    assert store.get(upload).used_at
    assert artifacts.path(Digest(seen.digest or "")).read_bytes() == b"hello"


def test_a_file_that_was_used_and_not_yet_taken_in_is_taken_in(
    uploads: UploadService, store: SqlUploadStore, artifacts: FolderArtifactStore
) -> None:
    upload = _whole(uploads)
    store.use(upload)
    uploads.keep(upload)
    assert artifacts.path(Digest(store.get(upload).digest or "")).read_bytes() == b"hello"


def test_a_file_without_bytes_is_not_used(uploads: UploadService, files: FolderUploads) -> None:
    upload = _whole(uploads)
    files.path(upload).unlink()
    with pytest.raises(NotFound):
        uploads.keep(upload)


def test_an_end_that_is_sent_twice_is_answered_twice(
    uploads: UploadService, files: FolderUploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = uploads.begin("a.txt", 5, "anna")
    uploads.write(upload.id, 0, b"hello", "anna")
    read = files.digest

    def slow(one: ArtifactId) -> Digest:
        with monkeypatch.context() as patched:
            patched.setattr(files, "digest", read)
            uploads.finish(one, "anna")
        uploads.keep(one)
        return read(one)

    monkeypatch.setattr(files, "digest", slow)
    assert uploads.finish(upload.id, "anna").digest == hashlib.sha256(b"hello").hexdigest()
