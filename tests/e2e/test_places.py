"""Where else it works: Jupyter Notebook, a Lab without collaboration, and behind a proxy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from e2e.conftest import TOOLBOX, settle
from e2e.lab import Lab
from playwright.sync_api import Browser, Page, expect
from serving import TOKEN, Server, serving

NOTEBOOK = {
    "cells": [],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def _opened(browser: Browser, url: str) -> tuple[Page, list[str]]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    errors: list[str] = []
    page.on("console", lambda one: errors.append(one.text) if one.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
    page.goto(url, wait_until="commit")
    page.wait_for_function("window.jupyterapp?.restored.then(() => true)", timeout=60_000)
    return page, errors


def _run_echo(page: Page) -> None:
    """From the command to the result, in whatever application this is."""
    page.evaluate("window.jupyterapp.commands.execute('toolrunner:open-panel')")
    panel = page.locator("#jupyter-toolrunner-sidebar")
    panel.get_by_role("searchbox", name="Search tools").fill("nasty")
    panel.locator(".trn-tool", has_text="nasty").first.click()
    panel.get_by_label("text").first.fill("anywhere")
    panel.locator(".trn-run").click()
    result = page.locator(".trn-main[id^='toolrunner-run-']:visible")
    expect(result.locator(".trn-state")).to_contain_text("Succeeded", timeout=30_000)
    expect(result.locator(".trn-title")).to_have_text("nasty")


def test_notebook_has_the_sidebar_and_shows_runs_below_the_document(
    browser: Browser, built: Path, tmp_path: Path
) -> None:
    pytest.importorskip("notebook")
    root = tmp_path / "root"
    shutil.copytree(TOOLBOX, root / "toolbox")
    (root / "page.ipynb").write_text(json.dumps(NOTEBOOK), "utf-8")
    environment = settle(tmp_path, built)
    with serving(tmp_path, app="notebook", toolboxes=(root / "toolbox",), **environment) as server:
        server.eventually(lambda: len(server.http.get("tools").json()) > 5)
        for path in ("tree", "notebooks/page.ipynb"):
            page, errors = _opened(browser, f"{server.url}{path}?token={TOKEN}")
            _run_echo(page)
            page.evaluate("window.jupyterapp.commands.execute('toolrunner:open-history')")
            expect(page.get_by_role("heading", name="History")).to_be_visible()
            page.get_by_role("menuitem", name="View").first.click()
            expect(page.locator(".lm-Menu-item", has_text="Show Tools")).to_be_visible()
            assert [one for one in errors if "toolrunner" in one] == []
            page.close()


def test_a_lab_without_collaboration_works(browser: Browser, built: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(TOOLBOX, root / "toolbox")
    environment = settle(tmp_path, built)
    config = tmp_path / "config"
    extensions = dict.fromkeys(
        ("jupyter_collaboration", "jupyter_server_ydoc", "jupyter_server_fileid"), False
    )
    server_config = config / "jupyter_server_config.json"
    server_config.write_text(json.dumps({"ServerApp": {"jpserver_extensions": extensions}}), "utf-8")
    disabled = {"@jupyter/collaboration-extension": True, "@jupyter/docprovider-extension": True}
    page_config = config / "labconfig" / "page_config.json"
    page_config.write_text(json.dumps({"disabledExtensions": disabled}), "utf-8")
    with serving(tmp_path, app="lab", toolboxes=(root / "toolbox",), **environment) as server:
        server.eventually(lambda: len(server.http.get("tools").json()) > 5)
        page, errors = _opened(browser, f"{server.url}lab?token={TOKEN}")
        activated = page.evaluate(
            "window.jupyterapp.listPlugins().filter(id => window.jupyterapp.isPluginActivated(id))"
        )
        assert [one for one in activated if "collaboration" in one or "docprovider" in one] == []
        _run_echo(page)
        assert errors == []
        page.close()


@pytest.fixture
def behind_a_proxy(built: Path, tmp_path: Path) -> object:
    root = tmp_path / "root"
    shutil.copytree(TOOLBOX, root / "toolbox")
    environment = settle(tmp_path, built)
    with serving(
        tmp_path, app="lab", base_url="/hub/user/ann/", toolboxes=(root / "toolbox",), **environment
    ) as server:
        server.eventually(lambda: len(server.http.get("tools").json()) > 5)
        yield server


def test_below_a_base_url_every_address_is_right(
    behind_a_proxy: Server, browser: Browser, lab_of: Callable[[Server], Lab]
) -> None:
    lab = lab_of(behind_a_proxy)
    asked: list[str] = []
    lab.page.on("request", lambda request: asked.append(request.url))
    lab.run("files")
    lab.expect_state("Succeeded")
    lab.run_page.locator(".trn-artifact", has_text="picture.svg").click()
    expect(lab.run_page.locator(".trn-image img")).to_be_visible()
    link = lab.copy(lab.page.get_by_role("button", name="Copy a link to this run"))
    number = lab.run_page.locator(".trn-number").inner_text()
    assert link.startswith(f"{behind_a_proxy.url}lab?")
    lab.page.goto(link, wait_until="commit")
    lab.ready()
    expect(lab.run_page.locator(".trn-number")).to_have_text(number)
    ours = [url for url in asked if "toolrunner" in url and not url.startswith(("blob:", "data:"))]
    assert ours
    assert [url for url in ours if not url.startswith(behind_a_proxy.url)] == []
