"""Files that people brought along are used by what was accepted, never by what was refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from factories import a_tool, an_artifact
from sqlalchemy import select, update

from jupyter_toolrunner.core.errors import Conflict, InvalidParams
from jupyter_toolrunner.core.ids import Digest, WorkerId, new_artifact_id
from jupyter_toolrunner.core.ports import Outcome, RunEdit
from jupyter_toolrunner.core.runs import Run, RunStatus
from jupyter_toolrunner.core.uploads import Upload
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.presets import SqlPresetStore
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.schema import upgrade
from jupyter_toolrunner.db.tables import artifacts
from jupyter_toolrunner.db.tools import SqlToolStore
from jupyter_toolrunner.db.uploads import SqlUploadStore
from jupyter_toolrunner.services.presets import PresetService
from jupyter_toolrunner.services.runs import RunService
from jupyter_toolrunner.services.versions import Versions
from jupyter_toolrunner.storage.artifacts import FolderArtifactStore


class Nobody:
    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_arguments, **_named: None


class Desk:
    def __init__(self, folder: Path) -> None:
        engine = open_engine(f"sqlite:///{folder / 'a.db'}")
        upgrade(engine)
        self.engine = engine
        uploads = SqlUploadStore(engine)
        self.upload = new_artifact_id()
        uploads.insert(
            Upload(id=self.upload, name="a.csv", size=1, owner="anna", created_at=datetime.now(UTC))
        )
        uploads.finish(self.upload, Digest("c" * 64))
        self.kept: list[str] = []
        catalog: Any = SimpleNamespace(find=lambda _name: a_tool(), reading=False)
        tools = SqlToolStore(engine)
        self.runs = RunService(
            catalog=catalog,
            tools=tools,
            versions=Versions(tools, FolderArtifactStore(folder / "artifacts")),
            runs=SqlRunStore(engine),
            doorbell=cast(Any, Nobody()),
            events=cast(Any, Nobody()),
            followers=cast(Any, Nobody()),
            keep_upload=self.kept.append,
        )
        self.presets = PresetService(
            presets=SqlPresetStore(engine),
            files=cast(Any, Nobody()),
            catalog=catalog,
            events=cast(Any, Nobody()),
            keep_artifact=self.runs.keep_artifact,
        )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_refused_submit_uses_no_file(desk: Desk) -> None:
    params: dict[str, Any] = {"file": {"artifact": desk.upload}}
    with pytest.raises(InvalidParams):
        desk.runs.submit("box.tool", {**params, "count": "many"}, owner="anna")
    assert desk.kept == []
    assert desk.runs.submit("box.tool", params, owner="anna").params["file"] == {"artifact": desk.upload}
    assert desk.kept == [desk.upload]


def test_a_preset_whose_name_is_taken_uses_no_file(desk: Desk) -> None:
    params: dict[str, Any] = {"file": {"artifact": desk.upload}}
    desk.presets.save("box.tool", "mine", {}, "anna", shared=False, default=False)
    with pytest.raises(Conflict, match="“mine”"):
        desk.presets.save("box.tool", " mine ", params, "anna", shared=False, default=False)
    assert desk.kept == []
    desk.presets.save("box.tool", "other", params, "anna", shared=False, default=False)
    assert desk.kept == [desk.upload]


def ended(desk: Desk) -> Run:
    """A run that left an artifact which nothing has named yet."""
    desk.runs.submit("box.tool", {}, owner="anna")
    store = SqlRunStore(desk.engine)
    claim = store.claim(WorkerId("w"), 60.0)
    assert claim is not None
    made = [an_artifact(name="a.csv", attempt=claim.fence)]
    return store.finish(claim.run.id, claim.fence, Outcome(status=RunStatus.SUCCEEDED), made)


def is_marked(desk: Desk) -> bool:
    with desk.engine.begin() as connection:
        return connection.scalar(select(artifacts.c.used_at)) is not None


@pytest.mark.parametrize("how", ["artifact", "output", "preset", "note"])
def test_whoever_names_what_a_run_left_marks_it_before(desk: Desk, how: str) -> None:
    run = ended(desk)
    params: dict[str, Any] = {"file": {"artifact": run.artifacts[0].id}}
    assert not is_marked(desk)
    if how == "preset":
        desk.presets.save("box.tool", "mine", params, "anna", shared=False, default=False)
    elif how == "note":
        other = desk.runs.submit("box.tool", {}, owner="anna")
        desk.runs.edit(other.id, RunEdit(note=f"better than #{run.number}"), by="anna")
    else:
        named = params if how == "artifact" else {"file": {"run": str(run.number), "output": "a.csv"}}
        desk.runs.submit("box.tool", named, owner="anna")
    assert is_marked(desk)


def test_what_was_freed_is_refused_where_it_is_named(desk: Desk) -> None:
    run = ended(desk)
    with desk.engine.begin() as connection:
        connection.execute(update(artifacts).values(freed_at=datetime.now(UTC), freed_by="a rule"))
    by_id = {"file": {"artifact": run.artifacts[0].id}}
    for named in (by_id, {"file": {"run": run.id, "output": "a.csv"}}):
        with pytest.raises(InvalidParams, match=r"a\.csv was freed on"):
            desk.runs.submit("box.tool", named, owner="anna")
