"""A backup brings back what was there: from one kind of database into the other, whole or not at all."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from factories import a_run
from sqlalchemy import MetaData, select, text

from jupyter_toolrunner.backup import Backup
from jupyter_toolrunner.client import Client
from jupyter_toolrunner.client.embedded import LocalTransport
from jupyter_toolrunner.core.errors import Conflict, InvalidRequest, NotAvailable
from jupyter_toolrunner.core.ids import ToolName, WorkerId, new_preset_id
from jupyter_toolrunner.core.presets import Preset
from jupyter_toolrunner.core.queue import WHOLE
from jupyter_toolrunner.core.settings import Settings
from jupyter_toolrunner.db import dump
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.presets import SqlPresetStore
from jupyter_toolrunner.db.queue import SqlQueueStore
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.schema import HEAD, revision_of, upgrade
from jupyter_toolrunner.storage.artifacts import FolderArtifactStore
from jupyter_toolrunner.storage.sealed import SealedWriter

TEXTS = Path(__file__).parents[1] / "corpus" / "texts"
OLD = sorted((Path(__file__).parents[1] / "migration" / "old").glob("*.sql"))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    """An installation with real runs, and its backup."""
    folder = tmp_path_factory.mktemp("kept")
    settings = Settings(data_dir=folder / "data", workers=1)
    with Client(LocalTransport(settings)) as client:
        for folder_of_texts in (TEXTS, TEXTS / "none", TEXTS.parent / "русский"):
            client.submit("text_statistics", folder=str(folder_of_texts)).wait(60)
        # A file above the size that is written in one piece.
        large = folder / "large.csv"
        large.write_text("a,b\n" + "1,2\n" * 400_000)
        client.submit("profile_table", table=large).wait(60).edit(tags=["kept", "tägs"], note="two\nlines")
        assert {run.status.value for run in client.runs()} == {"succeeded", "failed"}
        note = folder / "note.txt"
        note.write_text("Brought along, and used by no run yet.")
        client.upload(note)
    engine = open_engine(settings.effective_database_url)
    mine = Preset(
        id=new_preset_id(), tool=ToolName("starter.build_graph"), name="Mine", params={"n": 3}, owner="anna"
    )
    SqlPresetStore(engine).insert(mine)
    engine.dispose()
    files = settings.data_dir / "templates" / "presets" / "text_statistics"
    files.mkdir(parents=True)
    (files / "Short.json").write_text('{"top": 3}')
    path = folder / "all.tar"
    Backup(settings).write(path)
    return settings, path


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    settings = Settings(data_dir=tmp_path / "other", workers=1)
    if request.param == "postgres":
        settings = replace(settings, database_url=request.getfixturevalue("postgres"))
        engine = open_engine(settings.database_url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    return settings


def contents(settings: Settings) -> dict[str, list[Any]]:
    engine = open_engine(settings.effective_database_url)
    try:
        with dump.snapshot(engine) as rows:
            return {table: [json.loads(line) for line in rows.lines(table)] for table in dump.tables()}
    finally:
        engine.dispose()


def test_all_comes_back_on_either_database(kept: tuple[Settings, Path], empty: Settings) -> None:
    settings, path = kept
    told = Backup(empty).restore(path)
    assert (told.runs, told.revision, told.missing) == (4, HEAD, ())
    assert contents(empty) == contents(settings)
    codes = {row["code"] for row in contents(empty)["tools"]}
    assert all(FolderArtifactStore(empty.artifacts_dir).path(code).is_file() for code in codes)
    with Client(LocalTransport(settings)) as before, Client(LocalTransport(empty)) as after:
        assert [run.number for run in after.runs()] == [4, 3, 2, 1]
        for old, new in zip(before.runs(), after.runs(), strict=True):
            assert new.refresh().shape == old.refresh().shape
            assert new.log() == old.log()
            assert [one.read() for one in new.artifacts] == [one.read() for one in old.artifacts]
        assert after.preset("text_statistics", "Short").params == {"top": 3}
        run = after.submit("text_statistics", folder=str(TEXTS))
        assert run.number == 5
        assert run.wait(60).status == "succeeded"
    with pytest.raises(Conflict, match="not empty"):
        Backup(empty).restore(path)


def test_a_backup_is_of_one_moment_while_others_write(kept: tuple[Settings, Path], tmp_path: Path) -> None:
    settings, _ = kept
    engine = open_engine(settings.effective_database_url)
    with dump.snapshot(engine) as rows:
        before = list(rows.lines("runs"))
        with engine.begin() as other:
            other.execute(text("UPDATE runs SET note = 'later' WHERE number = 3"))
        assert list(rows.lines("runs")) == before
    with dump.snapshot(engine) as rows:
        assert list(rows.lines("runs")) != before
    engine.dispose()


@pytest.mark.parametrize("harm", ["cut", "flip a row", "flip a file", "no seal"])
def test_a_backup_that_is_not_whole_changes_nothing(
    kept: tuple[Settings, Path], tmp_path: Path, harm: str
) -> None:
    data = bytearray(kept[1].read_bytes())
    if harm == "cut":
        del data[len(data) * 2 // 3 :]
    elif harm == "flip a row":
        data[data.index(b'"succeeded"') + 1] ^= 1
    elif harm == "flip a file":
        data[data.index(b"artifacts/") + 600] ^= 1
    else:
        del data[data.index(b"manifest.json") :]
        data += bytes(10240)
    broken = tmp_path / "broken.tar"
    broken.write_bytes(data)
    settings = Settings(data_dir=tmp_path / "other")
    with pytest.raises(InvalidRequest, match="no whole backup"):
        Backup(settings).restore(broken)
    if (settings.data_dir / "toolrunner.db").exists():
        engine = open_engine(settings.effective_database_url)
        assert revision_of(engine) is None
        engine.dispose()
    Backup(settings).restore(kept[1])
    assert len(contents(settings)["runs"]) == 4


@pytest.mark.parametrize("old", OLD, ids=lambda path: path.stem)
def test_a_backup_of_an_earlier_version_is_brought_to_this_one(
    tmp_path: Path, old: Path, empty: Settings
) -> None:
    source = tmp_path / "old.db"
    with closing(sqlite3.connect(source)) as connection:
        connection.executescript(old.read_text("utf-8"))
    engine = open_engine(f"sqlite:///{source}")
    there = MetaData()
    there.reflect(engine)
    path = tmp_path / "old.tar"
    with SealedWriter(path) as archive, engine.connect() as rows:
        for table in there.sorted_tables:
            columns = [column for column in table.columns if column.computed is None]
            found = rows.execute(select(*columns)).mappings().all()
            lines = [json.dumps(dict(row), default=lambda time: f"{time.isoformat()}+00:00") for row in found]
            if table.name not in ("alembic_version", "run_params", "run_index"):
                archive.add(f"tables/{table.name}.jsonl", [f"{line}\n".encode() for line in lines])
        about = {"format": 1, "made_at": "", "program": "", "revision": old.stem}
        archive.seal({**about, "rows": {"runs": 0}, "files": 0, "size": 0, "missing": []})
    Backup(empty).restore(path)
    upgrade(engine)
    engine.dispose()
    assert contents(empty) == contents(Settings(database_url=f"sqlite:///{source}"))


def test_a_backup_of_a_later_version_is_refused_with_both_versions(tmp_path: Path) -> None:
    path = tmp_path / "later.tar"
    about = {"format": 1, "made_at": "", "program": "", "revision": "9999", "rows": {"runs": 0}}
    with SealedWriter(path) as archive:
        archive.seal({**about, "files": 0, "size": 0, "missing": []})
    with pytest.raises(NotAvailable, match=f"9999.*{HEAD}"):
        Backup(Settings(data_dir=tmp_path / "other")).restore(path)


def test_tables_of_other_programs_stay(kept: tuple[Settings, Path], empty: Settings) -> None:
    engine = open_engine(empty.effective_database_url) if empty.database_url else None
    if engine is None:
        empty.data_dir.mkdir()
        engine = open_engine(empty.effective_database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS their_orders"))
        connection.execute(text("CREATE TABLE their_orders (number INTEGER)"))
    Backup(empty).restore(kept[1])
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM their_orders")).scalar() == 0
        connection.execute(text("DROP TABLE their_orders"))
    engine.dispose()
    assert len(contents(empty)["runs"]) == 4


@pytest.mark.parametrize(
    "harm", ["a row of nothing", "no JSON", "a log of nothing", "a revision that is none"]
)
def test_a_backup_with_nonsense_in_it_is_refused_in_words(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "nonsense.tar"
    revision = "0003x" if harm == "a revision that is none" else HEAD
    about = {"format": 1, "made_at": "", "program": "", "revision": revision, "rows": {"runs": 1}}
    with SealedWriter(path) as archive:
        if harm in ("a row of nothing", "no JSON"):
            archive.add("tables/tools.jsonl", [b"{}\n" if harm == "a row of nothing" else b"no\n"])
        if harm == "a log of nothing":
            archive.add("logs/x", [b""])
        archive.seal({**about, "files": 0, "size": 0, "missing": []})
    settings = Settings(data_dir=tmp_path / "other")
    with pytest.raises(InvalidRequest):
        Backup(settings).restore(path)
    assert not (settings.data_dir / "toolrunner.db").exists() or revision_there(settings) is None


def revision_there(settings: Settings) -> str | None:
    engine = open_engine(settings.effective_database_url)
    try:
        return revision_of(engine)
    finally:
        engine.dispose()


def test_a_backup_that_could_not_be_written_leaves_no_part(
    kept: tuple[Settings, Path], tmp_path: Path
) -> None:
    settings, _ = kept
    with pytest.raises(OSError, match="no space"):
        Backup(settings, on_step=_fails_at("logs")).write(tmp_path / "all.tar")
    assert list(tmp_path.iterdir()) == []


def _fails_at(step: str) -> Any:
    def fail(now: str) -> None:
        if now == step:
            raise OSError(28, "no space")

    return fail


def test_what_had_not_ended_is_held_where_it_is_brought_back(tmp_path: Path, empty: Settings) -> None:
    """It may go on where the backup was made: nothing is done a second time unless somebody says so."""
    there = Settings(data_dir=tmp_path / "there", workers=0)
    there.data_dir.mkdir()
    engine = open_engine(there.effective_database_url)
    upgrade(engine)
    SqlRunStore(engine).insert(a_run())
    Backup(there).write(tmp_path / "all.tar")
    engine.dispose()
    told = Backup(empty).restore(tmp_path / "all.tar")
    assert told.held == 1
    engine = open_engine(empty.effective_database_url)
    runs, queue = SqlRunStore(engine), SqlQueueStore(engine)
    assert queue.rules()[WHOLE].held_by == "restore"
    worker = WorkerId("here:1:worker-1")
    assert runs.claim(worker, 15.0) is None
    queue.release(WHOLE)
    assert runs.claim(worker, 15.0) is not None
    engine.dispose()
