"""Versions of tools, on SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories import a_tool
from sqlalchemy import Engine

from jupyter_toolrunner.core import source_code
from jupyter_toolrunner.core.tools import Entry, ToolKind
from jupyter_toolrunner.db import tools as module
from jupyter_toolrunner.db.tools import SqlToolStore
from jupyter_toolrunner.services.versions import Versions
from jupyter_toolrunner.storage.artifacts import FolderArtifactStore


def test_a_toolbox_that_was_moved_runs_where_it_is_now(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BELIEVED", 0.0)
    store = FolderArtifactStore(tmp_path / "artifacts")
    found = []
    for name in ("old", "new"):
        path = tmp_path / name / "add.py"
        path.parent.mkdir()
        path.write_text("print(1)\n")
        entry = Entry(path=str(path), root=str(path.parent), files=(str(path),))
        found.append(a_tool(kind=ToolKind.SCRIPT, entry=entry, code=source_code.digests([str(path)])))
    old, new = found
    worker = SqlToolStore(engine)
    assert Versions(SqlToolStore(engine), store).keep(old)
    assert worker.get(old.name, old.version).entry.root == old.entry.root
    # Another server, and one that has known both for long.
    server = Versions(SqlToolStore(engine), store)
    for tool in (new, old, new):
        assert server.keep(tool)
    assert worker.get(old.name, old.version).entry.root == new.entry.root
    Path(new.entry.path or "").write_text("print(2)\n")
    assert dict(server.instead_of_now(new)) == {new.entry.path: b"print(1)\n"}
