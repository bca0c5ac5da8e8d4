"""The same promises of a folder and of a store that is reached over the network."""

from __future__ import annotations

import hashlib
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_toolrunner.core.errors import Conflict, NotAvailable, NotFound
from jupyter_toolrunner.core.ids import ArtifactId, Digest, RunId
from jupyter_toolrunner.core.settings import Settings, without_secrets
from jupyter_toolrunner.storage.bucket import Bucket
from jupyter_toolrunner.storage.copies import LocalCopies
from jupyter_toolrunner.storage.opening import Storage, open_storage
from jupyter_toolrunner.storage.remote_artifacts import RemoteArtifactStore
from jupyter_toolrunner.storage.remote_logs import CHUNK

RUN = RunId("01JABCDEFGHJKMNPQRSTVWXYZ0")


@pytest.fixture(params=["folder", "s3"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = "" if request.param == "folder" else request.getfixturevalue("s3")
    return Settings(data_dir=tmp_path / "data", artifacts_url=url)


@pytest.fixture
def storage(settings: Settings, tmp_path: Path) -> Storage:
    return open_storage(settings, spool=tmp_path / "spool")


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path) -> Storage:
    """The same stores, as another machine has them; a folder is mounted there."""
    other = Settings(
        data_dir=tmp_path / "other", artifacts_url=settings.artifacts_url or str(settings.artifacts_dir)
    )
    return open_storage(other)


@pytest.mark.parametrize("size", [0, 10, 1 << 20, (1 << 20) + 1, 40 << 20])
def test_a_file_that_was_put_is_the_same_on_another_machine(
    storage: Storage, elsewhere: Storage, tmp_path: Path, size: int
) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(size))
    digest, length = storage.artifacts.put(source)
    assert (digest, length) == (hashlib.sha256(source.read_bytes()).hexdigest(), size)
    for store in (elsewhere, storage):
        assert store.artifacts.path(digest).read_bytes() == source.read_bytes()
    assert storage.artifacts.put(source) == (digest, length)


def test_what_is_not_there_is_said_so(storage: Storage) -> None:
    for ask in (storage.artifacts.path, storage.artifacts.check):
        with pytest.raises(NotFound):
            ask(Digest("0" * 64))


def test_what_is_kept_again_while_it_is_removed_is_there(
    storage: Storage, elsewhere: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest, _ = storage.artifacts.put_content(b"same")
    for store in ("artifacts", "remote_artifacts"):
        monkeypatch.setattr(f"jupyter_toolrunner.storage.{store}.FRESH", 0.0)
    keeper = threading.Thread(target=lambda: elsewhere.artifacts.put_content(b"same"))
    is_remote = isinstance(storage.artifacts, RemoteArtifactStore)
    owner: Any = Bucket if is_remote else Path
    name = "remove" if is_remote else "unlink"
    step = getattr(owner, name)

    def late(of: Any, *given: Any, **named: Any) -> Any:
        """Between the look at its age and its end."""
        last = str(given[0] if is_remote else of)
        if digest in last and "removing/" not in last and not keeper.ident:
            keeper.start()
            if is_remote:
                # Until it has written the content, and waits to be sure of it.
                assert waits.wait(30)
            else:
                keeper.join(30)
        return step(of, *given, **named)

    waits, listed = threading.Event(), Bucket.list

    def told(of: Any, folder: str) -> Any:
        found = listed(of, folder)
        if threading.current_thread() is keeper:
            waits.set()
        return found

    monkeypatch.setattr(owner, name, late)
    monkeypatch.setattr(Bucket, "list", told)
    storage.artifacts.remove(digest, datetime.now(UTC) + timedelta(minutes=1))
    keeper.join(30)
    assert keeper.ident
    elsewhere.artifacts.check(digest)


def test_what_was_kept_lately_is_not_removed(storage: Storage) -> None:
    digest, _ = storage.artifacts.put_content(b"new")
    assert not storage.artifacts.remove(digest, datetime.now(UTC) - timedelta(minutes=1))
    storage.artifacts.check(digest)
    assert storage.artifacts.remove(digest, datetime.now(UTC) + timedelta(minutes=1))
    with pytest.raises(NotFound):
        storage.artifacts.check(digest)


def test_a_log_is_exact_from_any_byte_while_it_grows_and_when_it_is_closed(
    storage: Storage, elsewhere: Storage
) -> None:
    text = os.urandom(2 * CHUNK + 12_345)
    places = [0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 7, 2 * CHUNK, len(text)]
    for start, end in itertools.pairwise(places):
        storage.logs.append(RUN, 1, start, text[start:end])
    deadline = time.monotonic() + 30
    while elsewhere.logs.read(RUN, 1, 0, len(text)) != text:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    storage.logs.append(RUN, 1, len(text), b"the end")
    storage.logs.close(RUN, 1)
    text += b"the end"
    for store in (storage.logs, elsewhere.logs):
        assert store.size(RUN, 1) == len(text)
        for start in (0, 5, CHUNK - 1, CHUNK, 2 * CHUNK + 3, len(text) - 1, len(text), len(text) + 9):
            for limit in (1, 10, CHUNK, 10 * CHUNK):
                assert store.read(RUN, 1, start, limit) == text[start : start + limit]
        assert (store.size(RUN, 2), store.read(RUN, 2, 0, 10)) == (0, b"")


def test_an_upload_goes_on_at_another_server_and_is_whole(
    storage: Storage, elsewhere: Storage, request: pytest.FixtureRequest
) -> None:
    upload = ArtifactId("01JABCDEFGHJKMNPQRSTVWXYZ1")
    storage.uploads.begin(upload)
    assert storage.uploads.append(upload, 0, b"hello ") == 6
    assert elsewhere.uploads.append(upload, 6, b"world") == 11
    with pytest.raises(Conflict) as refused:
        storage.uploads.append(upload, 6, b"world")
    assert refused.value.hint == "Go on at 11."
    digest = Digest(hashlib.sha256(b"hello world").hexdigest())
    assert (storage.uploads.size(upload), elsewhere.uploads.digest(upload)) == (11, digest)
    assert storage.uploads.changed_at(upload) is not None
    with elsewhere.uploads.whole(upload, digest) as path:
        assert path is not None
        elsewhere.artifacts.adopt(path, digest)
    storage.uploads.remove(upload)
    assert storage.artifacts.path(digest).read_bytes() == b"hello world"
    assert storage.uploads.size(upload) == 0
    with storage.uploads.whole(upload, digest) as path:
        assert path is None
    with pytest.raises(NotFound):
        storage.uploads.append(upload, 0, b"x")


def test_what_is_removed_is_gone_for_every_machine_and_what_was_kept_lately_waits(
    storage: Storage, elsewhere: Storage
) -> None:
    digest, _ = storage.artifacts.put_content(b"result")
    other, _ = storage.artifacts.put_content(b"another")
    now = datetime.now(UTC)
    assert not storage.artifacts.remove(digest, now - timedelta(days=1))
    storage.artifacts.check(digest)
    assert storage.artifacts.remove(digest, now + timedelta(days=1))
    for store in (storage, elsewhere):
        with pytest.raises(NotFound):
            store.artifacts.check(digest)
    # Of what an earlier cleaning removed, and did not live to say so.
    assert storage.artifacts.remove(digest, now)
    assert elsewhere.artifacts.path(other).read_bytes() == b"another"
    assert storage.artifacts.put_content(b"result")[0] == digest
    assert elsewhere.artifacts.path(digest).read_bytes() == b"result"


def test_a_log_that_is_removed_is_gone_with_all_its_parts_and_the_next_attempt_stays(
    storage: Storage, elsewhere: Storage
) -> None:
    for attempt, size in ((1, CHUNK + 5), (2, 5)):
        storage.logs.append(RUN, attempt, 0, b"x" * size)
        storage.logs.close(RUN, attempt)
    assert len(elsewhere.logs.read(RUN, 1, 0, 2 * CHUNK)) == CHUNK + 5
    elsewhere.logs.remove(RUN, 1)
    assert (elsewhere.logs.size(RUN, 1), elsewhere.logs.read(RUN, 1, 0, 9)) == (0, b"")
    assert storage.logs.size(RUN, 1) == 0
    for store in (storage.logs, elsewhere.logs):
        assert store.read(RUN, 2, 0, 9) == b"xxxxx"
    storage.logs.remove(RUN, 1)


# -- a store far away -------------------------------------------------------------------------------------------------------


@pytest.fixture
def bucket(s3: str) -> Bucket:
    return Bucket(s3)


def test_a_content_that_is_damaged_in_the_store_is_never_given_out(
    s3: str, bucket: Bucket, tmp_path: Path
) -> None:
    storage = open_storage(Settings(data_dir=tmp_path, artifacts_url=s3))
    digest, _ = storage.artifacts.put_content(b"what it was")
    bucket.write(f"sha256/{digest[:2]}/{digest}", b"what it is!")
    with pytest.raises(NotAvailable, match="not what was put there"):
        storage.artifacts.path(digest)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_store_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    url = "s3://key:s3cret@bucket/place?endpoint_url=http://127.0.0.1:9&token=hidden"
    store = open_storage(Settings(data_dir=tmp_path, artifacts_url=url)).artifacts
    with pytest.raises(NotAvailable) as away:
        store.put_content(b"x")
    assert "s3://…@bucket/place?endpoint_url=http://127.0.0.1:9 cannot be used" in away.value.message
    assert "s3cret" not in away.value.message
    assert without_secrets(url) == "s3://…@bucket/place?endpoint_url=http://127.0.0.1:9"
    assert without_secrets("s3://AKIA:wJal/r?XU@t/K7@bucket") == "s3://…@bucket"
    assert without_secrets("sqlite:////home/a@b/toolrunner.db") == "sqlite:////home/a@b/toolrunner.db"


def test_without_the_library_it_is_said_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['s3fs'] = None\n"
        "from pathlib import Path\n"
        "from jupyter_toolrunner.core.errors import NotAvailable\n"
        "from jupyter_toolrunner.core.settings import Settings\n"
        "from jupyter_toolrunner.storage.opening import open_storage\n"
        "try: open_storage(Settings(artifacts_url='s3://bucket'))\n"
        "except NotAvailable as error: print(error.message, error.hint)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert "needs the module s3fs" in said.stdout, said.stderr
    assert "pip install 'jupyter_toolrunner[s3]'" in said.stdout


class TestCopies:
    """What this machine keeps of a store far away."""

    @pytest.fixture
    def copies(self, tmp_path: Path) -> LocalCopies:
        return LocalCopies(tmp_path / "copies", limit=100)

    def test_the_longest_unused_go_first_and_what_is_in_use_stays(
        self, copies: LocalCopies, tmp_path: Path
    ) -> None:
        made = [self._filled(copies, number, age) for number, age in enumerate((300, 200, 400, 100))]
        assert [path.name for path in made if path.exists()] == [path.name for path in (made[1], made[3])]
        in_use = [self._filled(copies, number, age=0) for number in range(10, 16)]
        assert all(path.exists() for path in in_use)
        assert not made[1].exists()

    def test_what_broke_off_is_not_there(self, copies: LocalCopies, tmp_path: Path) -> None:
        def pieces() -> Iterator[bytes]:
            yield b"hello "
            raise OSError("the cable was pulled")

        with pytest.raises(OSError, match="cable"):
            copies.fill(Digest("0" * 64), pieces())
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    def _filled(self, copies: LocalCopies, number: int, age: float) -> Path:
        content = bytes([number]) * 40
        path = copies.fill(Digest(hashlib.sha256(content).hexdigest()), [content])
        used_at = time.time() - age
        os.utime(path, (used_at, used_at))
        return path
