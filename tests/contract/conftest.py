from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from linters import Linting

NODE_MODULES = Path(__file__).parents[2] / "labextension" / "node_modules"


@pytest.fixture
def frontend_packages() -> Path:
    """The packages of the Lab extension, which ``pip install .`` leaves there."""
    if not NODE_MODULES.is_dir():
        why = "labextension/node_modules is missing: run `pip install .`, or `jlpm install` in labextension"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    return NODE_MODULES


@pytest.fixture(scope="session", autouse=True)
def linting(
    request: pytest.FixtureRequest, folders_of_the_tests: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Linting]:
    """Those linters that a test will ask for begin with the first test of this folder."""
    # Tests of several processes are beside each other anyway.
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    given = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    names = [params["linter"] for params in given if "linter" in params and alone]
    linting = Linting(names, tmp_path_factory.mktemp("linters"))
    yield linting
    linting.close()
