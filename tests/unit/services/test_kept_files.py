"""Files that people brought along are used by what was accepted, never by what was refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from factories import a_tool

from jupyter_toolrunner.core.errors import Conflict, InvalidParams
from jupyter_toolrunner.core.ids import Digest, new_artifact_id
from jupyter_toolrunner.core.uploads import Upload
from jupyter_toolrunner.db.engine import open_engine
from jupyter_toolrunner.db.presets import SqlPresetStore
from jupyter_toolrunner.db.runs import SqlRunStore
from jupyter_toolrunner.db.schema import upgrade
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
