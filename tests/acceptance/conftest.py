from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Server, serving

BOX = Path(__file__).parent / "toolbox"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of a module; none of them stops it."""
    with serving(tmp_path_factory.mktemp("server"), toolboxes=(BOX,)) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        yield server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server that a test may kill."""
    with serving(tmp_path / "server", toolboxes=(BOX,)) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        yield server
