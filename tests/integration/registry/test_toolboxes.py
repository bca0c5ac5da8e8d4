"""Toolboxes that people add, read by a catalog that has other things to do."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, cast

import pytest

from jupyter_toolrunner.core.errors import InvalidRequest
from jupyter_toolrunner.registry.catalog import Catalog
from jupyter_toolrunner.services.toolboxes import ToolboxService


class LateCatalog(Catalog):
    """It comes late to what it is told, as on a busy machine."""

    def _find_sources(self) -> None:
        time.sleep(0.1)
        super()._find_sources()


class NothingKept:
    def all(self) -> list[str]:
        return []


def test_what_was_refused_is_in_no_list_any_more_when_that_is_said(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with LateCatalog([], tmp_path / "cache.json", entry_points=False, watch=False) as catalog:
        service = ToolboxService(cast(Any, NothingKept()), catalog, cast(Any, None))
        with pytest.raises(InvalidRequest, match="is a tool"):
            service.add(str(empty), "anna")
        assert service.all() == []
