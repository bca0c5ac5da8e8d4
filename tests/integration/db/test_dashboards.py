"""Dashboards, on SQLite and PostgreSQL, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from jupyter_toolrunner.core.errors import Conflict, Forbidden, NotFound
from jupyter_toolrunner.db.dashboards import SqlDashboardStore
from jupyter_toolrunner.services.dashboards import DashboardService
from jupyter_toolrunner.storage.artifacts import FolderArtifactStore


def page(text: str) -> dict[str, Any]:
    cell = {"cell_type": "markdown", "metadata": {}, "source": text}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}


@pytest.fixture
def service(engine: Engine, tmp_path: Path) -> DashboardService:
    no_files: Sequence[Path] = ()
    return DashboardService(SqlDashboardStore(engine), FolderArtifactStore(tmp_path), lambda: no_files)


def test_a_person_replaces_what_is_hers_and_nobody_elses(service: DashboardService) -> None:
    ann = service.publish(page("# One"), "Untitled.ipynb", "ann")
    again = service.publish(page("# Two"), "Untitled.ipynb", "ann")
    bob = service.publish(page("# Three"), "Untitled.ipynb", "bob", name="")
    assert (again.name, again.title, again.owner) == (ann.name, "Two", "ann")
    assert bob.name != ann.name
    assert service.get(ann.name)[1]["cells"][0]["source"] == "# Two"


def test_a_name_that_another_has_is_refused(service: DashboardService) -> None:
    service.publish(page("# One"), "a.ipynb", "ann", name="report")
    with pytest.raises(Conflict, match="ann"):
        service.publish(page("# Two"), "a.ipynb", "bob", name="report")
    assert service.get("report")[0].owner == "ann"


def test_only_who_published_a_page_withdraws_it(service: DashboardService) -> None:
    made = service.publish(page("# One"), "a.ipynb", "ann")
    with pytest.raises(Forbidden):
        service.withdraw(made.name, "bob")
    service.withdraw(made.name, "ann")
    with pytest.raises(NotFound):
        service.get(made.name)


def test_a_name_is_given_once(engine: Engine, service: DashboardService) -> None:
    made = service.publish(page("# One"), "a.ipynb", "ann")
    assert SqlDashboardStore(engine).insert(made) is None
    assert [one.name for one in service.all()] == ["one"]


def test_titles_of_any_letters_become_names(service: DashboardService) -> None:
    assert service.publish(page("# Отчёт за май!"), "a.ipynb", "ann").name == "отчёт-за-май"
    assert service.publish(page("# ///"), "b.ipynb", "ann").name == "dashboard"
