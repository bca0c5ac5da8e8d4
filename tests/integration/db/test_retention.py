"""What ended runs left is freed by rules: it says so, what is referred to stays, and a death in between harms nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from factories import a_run
from sqlalchemy import Engine, event, insert, select, update

from jupyter_toolrunner.core.errors import NotFound
from jupyter_toolrunner.core.events import Event
from jupyter_toolrunner.core.ids import Digest, RunId, new_artifact_id
from jupyter_toolrunner.core.ports import EventStream
from jupyter_toolrunner.core.retention import Cleaning, Retention, Rule
from jupyter_toolrunner.core.runs import Run
from jupyter_toolrunner.db.retention import SqlRetentionStore
from jupyter_toolrunner.db.rows import run_values
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.tables import (
    artifacts,
    attempts,
    batch_rows,
    batches,
    leaving,
    presets,
    reusable,
    run_tags,
    runs,
    schedules,
)
from jupyter_toolrunner.services.retention import RetentionService
from jupyter_toolrunner.storage.artifacts import FolderArtifactStore
from jupyter_toolrunner.storage.logs import FolderLogStore

LONG_AGO = datetime.now(UTC) - timedelta(days=100)
RULES = Retention(Rule(days=30), Rule(days=30))


class Events:
    def __init__(self) -> None:
        self.told: list[Event] = []

    def publish(self, event: Event) -> None:
        self.told.append(event)


class Past:
    """Runs that ended long ago, with what they left."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.contents = FolderArtifactStore(folder)
        self.logs = FolderLogStore(folder)
        self.events = Events()
        events = cast(EventStream, self.events)
        self.retention = RetentionService(SqlRetentionStore(engine), self.contents, self.logs, RULES, events)

    def run(self, content: str, *, params: Any = None, note: str | None = None, at: Any = LONG_AGO) -> Run:
        run = a_run(params=params or {}, created_at=LONG_AGO)
        digest, size = self.contents.put_content(content.encode())
        self.age(digest)
        self.logs.append(run.id, 1, 0, b"printed\n")
        artifact = new_artifact_id()
        with self.engine.begin() as connection:
            values = {**run_values(run, LONG_AGO), "status": "succeeded", "attempt": 1, "note": note}
            connection.execute(insert(runs).values(**values, started_at=at, finished_at=at))
            number = connection.scalar(select(runs.c.number).where(runs.c.id == run.id))
            made = {"run": run.id, "number": 1, "status": "succeeded", "worker": "w", "started_at": at}
            connection.execute(insert(attempts).values(**made, log_size=8))
            kept = {"id": artifact, "run": run.id, "attempt": 1, "name": "a.txt", "media_type": "text/plain"}
            connection.execute(insert(artifacts).values(**kept, size=size, digest=digest, metadata={}))
        return a_run(id=run.id, number=number, artifacts=(a_file(artifact, digest),))

    def age(self, digest: Digest) -> None:
        then = time.time() - 3 * 86_400
        os.utime(self.contents.path(digest), (then, then))

    def freed(self) -> set[str]:
        """Ids of runs whose artifact says that it was freed."""
        with self.engine.begin() as connection:
            return set(connection.scalars(select(artifacts.c.run).where(artifacts.c.freed_at.is_not(None))))

    def has(self, run: Run) -> bool:
        try:
            self.contents.path(run.artifacts[0].digest)
        except NotFound:
            return False
        return True

    def is_settled(self) -> bool:
        with self.engine.begin() as connection:
            return connection.execute(select(leaving)).first() is None


def a_file(artifact: str, digest: str) -> Any:
    from factories import an_artifact

    return an_artifact(id=artifact, digest=digest)


@pytest.fixture
def past(engine: Engine, tmp_path: Path) -> Past:
    return Past(engine, tmp_path / "store")


def test_what_is_too_old_is_freed_and_says_when_and_why(past: Past) -> None:
    old, young = past.run("old"), past.run("young", at=datetime.now(UTC))
    found = past.retention.clean("anna")
    assert (found.logs, found.log_bytes, found.artifacts, found.artifact_bytes) == (1, 8, 1, 3)
    assert past.freed() == {old.id}
    assert not past.has(old)
    assert past.has(young)
    assert (past.logs.read(old.id, 1, 0, 9), past.logs.read(young.id, 1, 0, 9)) == (b"", b"printed\n")
    with past.engine.begin() as connection:
        row = connection.execute(select(attempts).where(attempts.c.run == old.id)).one()
    assert row.freed_by == "logs stay 30 days"
    assert datetime.now(UTC) - row.freed_at < timedelta(minutes=1)
    (told,) = past.retention.cleanings()
    assert (told["by"], told["logs"], told["rules"]) == (
        "anna",
        1,
        {"logs stay 30 days": 1, "artifacts stay 30 days": 1},
    )
    assert past.is_settled()
    assert past.retention.clean().logs == 0


def test_a_look_changes_nothing_and_tells_what_a_cleaning_then_frees(past: Past) -> None:
    run = past.run("old")
    looked = past.retention.look()
    assert past.has(run)
    assert past.events.told == []
    assert past.freed() == set()
    cleaned = past.retention.clean()
    assert {**looked.to_json(), "at": ""} == {**cleaned.to_json(), "at": ""}
    assert (cleaned.runs, [event.type for event in past.events.told]) == (1, ["cleaning"])


def _by_preset(past: Past, run: Run) -> None:
    params = json.dumps({"table": {"artifact": run.artifacts[0].id}})
    row = {"id": "p", "tool": "t", "name": "n", "owner": "o", "params": params}
    with past.engine.begin() as connection:
        connection.execute(insert(presets).values(**row, created_at=LONG_AGO, updated_at=LONG_AGO))


def _by_schedule(past: Past, run: Run) -> None:
    params = json.dumps({"tables": [{"artifact": run.artifacts[0].id}]})
    row = {"id": "s", "name": "", "tool": "t", "params": params, "rule": {}, "owner": "o", "catch_up": "none"}
    with past.engine.begin() as connection:
        more = {"priority": 1, "state": "active", "created_at": LONG_AGO, "updated_at": LONG_AGO}
        connection.execute(insert(schedules).values(**row, **more))


def _by_run(past: Past, run: Run) -> None:
    past.run("later", params={"table": {"run": run.id, "output": "a.txt"}}, at=datetime.now(UTC))


def _by_note(past: Past, run: Run) -> None:
    past.run("later", note=f"better than #{run.number}", at=datetime.now(UTC))


def _by_batch(past: Past, run: Run) -> None:
    row = {"number": 1, "id": "b", "tool": "t", "version": "v", "owner": "o", "title": "", "rows": 1}
    with past.engine.begin() as connection:
        connection.execute(insert(batches).values(**row, created_at=LONG_AGO))
        connection.execute(insert(batch_rows).values(batch="b", row=1, run=run.id))


def _by_tag(past: Past, run: Run) -> None:
    row = {"run": run.id, "tag": "keep", "number": run.number, "added_by": "o", "added_at": LONG_AGO}
    with past.engine.begin() as connection:
        connection.execute(insert(run_tags).values(row))


@pytest.mark.parametrize("refer", [_by_preset, _by_schedule, _by_run, _by_note, _by_batch, _by_tag])
def test_what_something_refers_to_stays(past: Past, refer: Callable[[Past, Run], None]) -> None:
    named, other = past.run("named"), past.run("other")
    refer(past, named)
    past.retention.clean()
    assert past.freed() == {other.id}
    assert past.has(named)
    assert bool(past.logs.read(named.id, 1, 0, 9)) == (refer is _by_tag)


def _by_mark(past: Past, run: Run) -> None:
    # As by a submit that has looked and has not committed yet.
    SqlRunStore(past.engine).use_artifact(run.artifacts[0].id)


def _by_mark_of_its_run(past: Past, run: Run) -> None:
    SqlRunStore(past.engine).use_output(run.id, "a.txt")
    assert past.retention.look().artifacts == 0


def _by_mark_of_its_number(past: Past, run: Run) -> None:
    SqlRunStore(past.engine).use_of_numbers([run.number])


def _by_edit_of_an_older_run(past: Past, run: Run) -> None:
    params = json.dumps({"table": {"artifact": run.artifacts[0].id}})
    with past.engine.begin() as connection:
        connection.execute(update(runs).where(runs.c.number < run.number).values(params=params))


def _by_run_before_another_look(past: Past, run: Run) -> None:
    _by_run(past, run)
    past.run("newest", at=datetime.now(UTC))
    assert past.retention.look().artifacts == 0


LATE = [
    _by_run,
    _by_tag,
    _by_note,
    _by_mark,
    _by_mark_of_its_run,
    _by_mark_of_its_number,
    _by_edit_of_an_older_run,
    _by_run_before_another_look,
]


@pytest.mark.parametrize("refer", LATE)
def test_what_is_named_at_the_last_moment_stays(
    past: Past, monkeypatch: pytest.MonkeyPatch, refer: Callable[[Past, Run], None]
) -> None:
    SqlRunStore(past.engine).insert(a_run(owner="waits"))
    run = past.run("named")
    free = past.retention._store.free

    def late(*arguments: Any, **named: Any) -> Any:
        refer(past, run)
        return free(*arguments, **named)

    monkeypatch.setattr(past.retention._store, "free", late)
    assert past.retention.clean().artifacts == 0
    assert past.has(run)
    assert bool(past.logs.read(run.id, 1, 0, 9)) == (refer is _by_tag)


def test_what_was_freed_can_be_named_no_more(past: Past) -> None:
    run = past.run("old")
    past.retention.clean()
    store = SqlRunStore(past.engine)
    with pytest.raises(NotFound, match=r"a\.txt was freed on"):
        store.use_artifact(run.artifacts[0].id)
    with pytest.raises(NotFound, match=r"a\.txt was freed on"):
        store.use_output(run.id, "a.txt")
    store.use_of_numbers([run.number])


def test_a_mark_lasts_a_day_and_is_written_once_in_a_while(past: Past) -> None:
    run, store = past.run("old"), SqlRunStore(past.engine)
    store.use_artifact(run.artifacts[0].id)
    written: list[str] = []
    event.listen(past.engine, "before_cursor_execute", lambda *given: written.append(given[2]))
    store.use_artifact(run.artifacts[0].id)
    assert not [statement for statement in written if statement.startswith("UPDATE")]
    assert past.retention.clean().artifacts == 0
    with past.engine.begin() as connection:
        connection.execute(update(artifacts).values(used_at=datetime.now(UTC) - timedelta(days=2)))
    assert past.retention.clean().artifacts == 1


def test_what_a_preset_in_a_file_names_stays(past: Past) -> None:
    named, other = past.run("named"), past.run("other")
    params = {"tables": [{"artifact": named.artifacts[0].id}]}
    store = past.retention._store

    def cleaned(found: list[dict[str, Any]] | None) -> Cleaning:
        events = cast(EventStream, past.events)
        return RetentionService(store, past.contents, past.logs, RULES, events, lambda: found).clean()

    # While toolboxes are read nobody knows yet.
    waits = cleaned(None)
    assert (waits.artifacts, len(waits.notes)) == (0, 1)
    assert cleaned([params]).artifacts == 1
    assert past.freed() == {other.id}


def test_equal_contents_go_with_the_last_that_has_them(past: Past) -> None:
    first, second = past.run("same"), past.run("same", note=None, at=datetime.now(UTC))
    assert past.retention.clean().artifact_bytes == 0
    assert past.freed() == {first.id}
    assert past.has(second)
    with past.engine.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == second.id).values(finished_at=LONG_AGO))
    assert past.retention.clean().artifact_bytes == 4
    assert not past.has(second)


def test_a_content_that_was_kept_again_meanwhile_waits_for_the_next_cleaning(past: Past) -> None:
    run = past.run("same")
    # As by a worker whose run is not written down yet.
    past.contents.put_content(b"same")
    past.retention.clean()
    assert past.freed() == {run.id}
    assert past.has(run)
    assert not past.is_settled()
    past.age(run.artifacts[0].digest)
    past.retention.clean()
    assert not past.has(run)
    assert past.is_settled()


def test_no_run_takes_results_that_were_freed(past: Past) -> None:
    run = past.run("old")
    with past.engine.begin() as connection:
        connection.execute(insert(reusable).values(key="k", run=run.id, is_ready=True))
    past.retention.clean()
    with past.engine.begin() as connection:
        assert connection.execute(select(reusable)).first() is None


def test_of_many_servers_one_cleans_a_day(past: Past) -> None:
    assert past.retention.clean_if_due()
    assert not past.retention.clean_if_due()


def test_cleanings_that_freed_nothing_push_no_others_out(past: Past) -> None:
    past.run("old")
    past.retention.clean("anna")
    for _ in range(3):
        past.retention.clean("bob")
    assert [(one["by"], one["artifacts"]) for one in past.retention.cleanings()] == [("bob", 0), ("anna", 1)]


def test_of_logs_nobody_asks_what_refers_to_artifacts(past: Past) -> None:
    past.run("old")
    past.retention.rules = Retention(Rule(days=30), Rule())
    asked: list[str] = []
    event.listen(past.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    assert past.retention.clean().logs == 1
    assert not [statement for statement in asked if "note" in statement or "params" in statement]


def test_many_are_freed_in_short_transactions_and_told_as_one_cleaning(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_toolrunner.db.retention._WRITTEN", 2)
    for content in ("one", "same", "same", "four", "five"):
        past.run(content)
    looked, cleaned = past.retention.look(), past.retention.clean()
    assert {**looked.to_json(), "at": ""} == {**cleaned.to_json(), "at": ""}
    (told,) = past.retention.cleanings()
    assert told == cleaned.to_json()
    assert cleaned.artifact_bytes == len("onesamefourfive")


def test_one_log_that_cannot_be_removed_stops_no_other(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, other = past.run("stuck"), past.run("other")
    remove = past.logs.remove

    def refused(run: RunId, attempt: int) -> None:
        if run == stuck.id:
            raise PermissionError(run)
        remove(run, attempt)

    with monkeypatch.context() as patched:
        patched.setattr(past.logs, "remove", refused)
        assert past.retention.clean().logs == 2
    assert (past.logs.read(other.id, 1, 0, 9), past.has(stuck), past.has(other)) == (b"", False, False)
    assert not past.is_settled()
    past.retention.clean()
    assert past.logs.read(stuck.id, 1, 0, 9) == b""
    assert past.is_settled()


CLEAN = """
import sys
from pathlib import Path
from jupyter_toolrunner.core.retention import Retention, Rule
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.retention import SqlRetentionStore
from jupyter_toolrunner.services.retention import RetentionService
from jupyter_toolrunner.storage.artifacts import FolderArtifactStore
from jupyter_toolrunner.storage.logs import FolderLogStore
class Events:
    publish = staticmethod(lambda event: None)
folder = Path(sys.argv[2])
store = SqlRetentionStore(open_engine(sys.argv[1]))
RetentionService(
    store, FolderArtifactStore(folder), FolderLogStore(folder), Retention(Rule(days=30), Rule(days=30)), Events()
).clean()
"""
POINTS = ["artifacts.remove", *(f"commit.db.retention.{name}" for name in ("free", "is_gone"))]


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_death_in_between_leaves_nothing_that_claims_to_be_there(
    past: Past, tmp_path: Path, point: str, side: str
) -> None:
    made = [past.run("one"), past.run("two"), past.run("two")]
    command = [sys.executable, "-c", CLEAN, str(past.engine.url), str(tmp_path / "store")]
    died = subprocess.run(
        command,
        env={**os.environ, "TOOLRUNNER_CRASH_AT": f"{point}.{side}"},
        timeout=60,
        check=False,
        capture_output=True,
    )
    assert died.returncode == -9, died.stderr.decode()[-1000:]
    freed = past.freed()
    assert all(past.has(run) or run.id in freed for run in made)
    assert all(past.logs.read(run.id, 1, 0, 9) or run.id in freed for run in made)
    told = past.retention.cleanings()
    # What was freed is told with it, by whichever of the two cleanings.
    assert sum(int(str(one["artifacts"])) for one in told) == len(freed)
    past.retention.clean()
    assert past.freed() == {run.id for run in made}
    assert not any(past.has(run) for run in made)
    assert past.is_settled()
    left = [path for path in (tmp_path / "store").rglob("*") if path.is_file()]
    assert left == []
