"""Uploads and the search for artifacts, on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from factories import a_run, an_artifact
from sqlalchemy import Engine

from jupyter_toolrunner.core.errors import NotFound
from jupyter_toolrunner.core.ids import Digest, WorkerId, new_artifact_id
from jupyter_toolrunner.core.ports import ArtifactFilter, Outcome
from jupyter_toolrunner.core.runs import RunStatus
from jupyter_toolrunner.core.uploads import Upload
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.uploads import SqlUploadStore

DIGEST = Digest("c" * 64)


@pytest.fixture
def uploads(engine: Engine) -> SqlUploadStore:
    return SqlUploadStore(engine)


def an_upload(**changes: Any) -> Upload:
    values: dict[str, Any] = {
        "id": new_artifact_id(),
        "name": "таблица.csv",
        "size": 5 * 2**40,
        "owner": "anna",
        "created_at": datetime.now(UTC),
    }
    return Upload(**{**values, **changes})


def test_an_upload_is_an_artifact_once_it_is_whole(uploads: SqlUploadStore, store: SqlRunStore) -> None:
    upload = an_upload()
    uploads.insert(upload)
    with pytest.raises(NotFound):
        store.artifact(upload.id)
    uploads.finish(upload.id, DIGEST)
    artifact, run = store.artifact(upload.id)
    assert (artifact.name, artifact.media_type, artifact.size, artifact.digest, run) == (
        "таблица.csv",
        "text/csv",
        5 * 2**40,
        DIGEST,
        None,
    )


def test_what_is_used_is_no_longer_counted_as_unused(uploads: SqlUploadStore) -> None:
    mine, used, others = an_upload(), an_upload(), an_upload(owner="boris")
    for upload in (mine, used, others):
        uploads.insert(upload)
    uploads.use(used.id)
    assert [one.id for one in uploads.unused_of("anna")] == [mine.id]
    assert {one.id for one in uploads.unused_since(datetime.now(UTC))} == {mine.id, others.id}
    assert uploads.unused_since(datetime.now(UTC) - timedelta(days=1)) == []
    assert uploads.delete(mine.id)
    with pytest.raises(NotFound):
        uploads.get(mine.id)


def test_what_is_used_is_not_deleted_and_what_is_deleted_is_not_used(uploads: SqlUploadStore) -> None:
    used, gone = an_upload(), an_upload()
    for upload in (used, gone):
        uploads.insert(upload)
    uploads.use(used.id)
    assert not uploads.delete(used.id)
    assert uploads.get(used.id).used_at
    assert uploads.delete(gone.id)
    assert not uploads.delete(gone.id)
    with pytest.raises(NotFound):
        uploads.use(gone.id)


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "ключ"])
def test_what_is_no_id_is_of_no_upload_run_or_artifact(
    uploads: SqlUploadStore, store: SqlRunStore, name: str
) -> None:
    for ask in (uploads.get, store.get, store.artifact):
        with pytest.raises(NotFound):
            ask(name)


def test_a_run_that_names_an_upload_is_found(uploads: SqlUploadStore, store: SqlRunStore) -> None:
    named, unnamed = an_upload(), an_upload()
    store.insert(a_run(params={"files": [{"artifact": named.id}]}))
    assert uploads.is_mentioned(named.id)
    assert not uploads.is_mentioned(unnamed.id)


def _made(store: SqlRunStore, *names: str, status: RunStatus = RunStatus.SUCCEEDED) -> None:
    from jupyter_toolrunner.core.artifacts import media_type_of

    store.insert(a_run())
    claim = store.claim(WorkerId("host:1:aa"), 5)
    assert claim
    artifacts = [
        an_artifact(id=new_artifact_id(), name=name, media_type=media_type_of(name)) for name in names
    ]
    store.finish(claim.run.id, claim.fence, Outcome(status=status), artifacts)


def _names(store: SqlRunStore, **where: Any) -> list[str]:
    found, _next = store.artifacts(ArtifactFilter(**where), limit=50)
    return [artifact.name for artifact, _run in found]


def test_artifacts_are_found_by_ending_type_and_name_newest_first(store: SqlRunStore) -> None:
    _made(store, "a.CSV")
    _made(store, "b.png")
    _made(store, "c_100%.csv")
    _made(store, "d.csv", status=RunStatus.FAILED)
    assert _names(store) == ["c_100%.csv", "b.png", "a.CSV"]
    assert _names(store, accepts=(".csv",)) == ["c_100%.csv", "a.CSV"]
    assert _names(store, accepts=("image/*",)) == ["b.png"]
    assert _names(store, accepts=("text/csv", "image/png")) == ["c_100%.csv", "b.png", "a.CSV"]
    assert _names(store, name="C_100%") == ["c_100%.csv"]
    assert _names(store, name="%") == ["c_100%.csv"]
    assert _names(store, accepts=(".%",)) == []


def test_artifacts_come_in_pages(store: SqlRunStore) -> None:
    for number in range(5):
        _made(store, f"{number}.csv")
    first, cursor = store.artifacts(ArtifactFilter(), limit=3)
    assert cursor is not None
    second, end = store.artifacts(ArtifactFilter(), limit=3, before=cursor)
    assert [artifact.name for artifact, _run in [*first, *second]] == [f"{n}.csv" for n in (4, 3, 2, 1, 0)]
    assert end is None
    assert all(run.number for _artifact, run in [*first, *second])
