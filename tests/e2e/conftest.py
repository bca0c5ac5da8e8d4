"""A real Lab with its queue and workers, and browsers that look at it."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api")

from e2e.lab import Lab  # noqa: E402
from playwright.sync_api import Browser, BrowserContext  # noqa: E402
from serving import Server, serving  # noqa: E402

TOOLBOX = Path(__file__).parent / "toolbox"
#: Of each window in which Lab is opened.
WINDOW: Mapping[str, Any] = {
    "viewport": {"width": 1440, "height": 900},
    "permissions": ["clipboard-read", "clipboard-write"],
}
STORAGE = "local_storage,indexeddb,service_workers,cache_storage,websql"
PACKAGE = Path(__file__).parents[2] / "jupyter_toolrunner"
# Another window beside this one may have the machine for seconds; what comes is taken at once all the same.
sync_api.expect.set_options(timeout=15_000)


def _chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = _chromium()
    if executable is None:
        pytest.skip("there is no chromium: apt install chromium")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def shared_context(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """Of a browser that keeps what it has compiled: Lab opens in two thirds of the time."""
    with contextlib.ExitStack() as stack:
        context = browser.browser_type.launch_persistent_context(
            str(tmp_path_factory.mktemp("profile")),
            executable_path=_chromium(),
            args=["--no-sandbox"],
            **WINDOW,
        )
        stack.callback(context.close)
        yield context


@contextlib.contextmanager
def lent(context: BrowserContext, url: str) -> Iterator[BrowserContext]:
    """To one test, after which nothing of it is left but what is compiled. Its first tab stays, so that it stays open."""
    first = context.pages[0]
    yield context
    for page in context.pages:
        if page is not first:
            page.close()
    context.set_offline(False)
    context.unroute_all(behavior="ignoreErrors")
    context.clear_cookies()
    protocol = context.new_cdp_session(first)
    protocol.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": STORAGE})
    protocol.detach()


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


@pytest.fixture(scope="package")
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
def open_lab(
    server: Server, browser: Browser, shared_context: BrowserContext
) -> Iterator[Callable[..., Lab]]:
    """Opens Lab in a browser of its own; every error of a page fails the test."""
    labs: list[Lab] = []
    with contextlib.ExitStack() as stack:

        def open_(
            at: Server = server, prepare: Callable[[BrowserContext], None] | None = None, **options: object
        ) -> Lab:
            if labs or prepare is not None:
                context = browser.new_context(**WINDOW)
                stack.callback(context.close)
            else:
                context = stack.enter_context(lent(shared_context, at.url))
            lab = Lab(context, at, prepare=prepare, **options)  # type: ignore[arg-type]
            labs.append(lab)
            return lab

        yield open_
    errors = [error for lab in labs for error in lab.errors]
    assert not errors, errors


@pytest.fixture
def lab(open_lab: Callable[..., Lab]) -> Lab:
    return open_lab()


@pytest.fixture
def lab_of(open_lab: Callable[..., Lab]) -> Callable[[Server], Lab]:
    """Lab on a server of the test's own."""
    return lambda server: open_lab(at=server)
