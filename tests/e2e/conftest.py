"""A real Lab with its queue and workers, and browsers that look at it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api")

from e2e.lab import Lab  # noqa: E402
from playwright.sync_api import Browser, BrowserContext  # noqa: E402
from serving import Server, serving  # noqa: E402

TOOLBOX = Path(__file__).parent / "toolbox"
PACKAGE = Path(__file__).parents[2] / "jupyter_toolrunner"


def _chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    executable = _chromium()
    if executable is None:
        pytest.skip("there is no chromium: apt install chromium")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def built() -> Path:
    """The built extension, as it would be installed."""
    extension = PACKAGE / "labextension"
    if not (extension / "package.json").exists():
        pytest.skip("the Lab extension is not built: cd labextension && jlpm install && jlpm build")
    return extension


def settle(folder: Path, extension: Path) -> dict[str, str]:
    """Folders of a person who has never opened Lab, but for the news that Lab would ask about."""
    home = folder / "home"
    overrides = folder / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(parents=True)
    overrides.write_text(
        '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}',
        "utf-8",
    )
    for app, name in (("lab", "LabApp"), ("notebook", "JupyterNotebookApp")):
        config = folder / "config" / f"jupyter_{app}_config.json"
        config.write_text(f'{{"{name}": {{"expose_app_in_browser": true}}}}', "utf-8")
    labextensions = folder / "jupyter" / "labextensions"
    labextensions.mkdir(parents=True)
    (labextensions / "jupyter-toolrunner").symlink_to(extension)
    (labextensions / "jupyter-toolrunner-widgets").symlink_to(extension.with_name("labextension-widgets"))
    home.mkdir()
    return {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "jupyter"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
    }


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("lab")
    # The toolbox lies under the server's root, so that Lab can open its files.
    toolbox = folder / "root" / "toolbox"
    shutil.copytree(TOOLBOX, toolbox)
    with serving(folder, app="lab", toolboxes=(toolbox,), **settle(folder, built)) as lab:
        lab.eventually(
            lambda: (
                {tool["short_name"] for tool in lab.http.get("tools").json()} >= {"nasty", "graph_visualizer"}
            ),
            "the tools are not read",
        )
        yield lab


@pytest.fixture
def toolbox(server: Server) -> Path:
    return server.root / "toolbox"


@pytest.fixture
def open_lab(server: Server, browser: Browser) -> Iterator[Callable[..., Lab]]:
    """Opens Lab in a browser of its own; every error of a page fails the test."""
    contexts: list[BrowserContext] = []
    labs: list[Lab] = []

    def open_(at: Server = server, **options: object) -> Lab:
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, permissions=["clipboard-read", "clipboard-write"]
        )
        contexts.append(context)
        lab = Lab(context, at, **options)  # type: ignore[arg-type]
        labs.append(lab)
        return lab

    yield open_
    errors = [error for lab in labs for error in lab.errors]
    for context in contexts:
        context.close()
    assert not errors, errors


@pytest.fixture
def lab(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab()


@pytest.fixture
def lab_of(open_lab: Callable[..., Lab]) -> Callable[[Server], Lab]:
    """Lab on a server of the test's own."""
    return lambda server: open_lab(at=server)
