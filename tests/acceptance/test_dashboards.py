"""Notebooks as pages: publishing, what people see of them, and how many kernels that costs."""

from __future__ import annotations

import concurrent.futures
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest
from serving import TOKEN, Server, serving

ROOT = Path(__file__).parents[2]


def notebook(*cells: Any) -> dict[str, Any]:
    made = nbformat.v4.new_notebook(cells=list(cells))
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return dict(json.loads(nbformat.writes(made)))


def a_live_one() -> dict[str, Any]:
    """With a widget, which only a kernel moves, and what it showed when it was saved."""
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/plain": "IntSlider(value=3)"}
    cell = nbformat.v4.new_code_cell(
        "import ipywidgets\nprint('live:', 6 * 7)\nipywidgets.IntSlider(value=3)"
    )
    cell.outputs = [nbformat.v4.new_output("display_data", view)]
    return notebook(nbformat.v4.new_markdown_cell("# Sliders"), cell)


def publish(server: Server, content: Any, **more: str) -> httpx.Response:
    return server.http.post("dashboards", json={"notebook": content, **more})


def page(server: Server, path: str = "", **options: Any) -> httpx.Response:
    headers = {"Authorization": f"token {TOKEN}"}
    return httpx.get(f"{server.url}toolrunner/dashboards/{path}", headers=headers, timeout=60, **options)


def kernels(server: Server) -> list[str]:
    headers = {"Authorization": f"token {TOKEN}"}
    return [one["id"] for one in httpx.get(f"{server.url}api/kernels", headers=headers).json()]


def test_a_notebook_becomes_a_page_and_is_replaced_under_its_address(server: Server) -> None:
    first = publish(
        server, notebook(nbformat.v4.new_markdown_cell("# Sales *of* May\n\nFine.")), path="a/sales.ipynb"
    )
    assert first.status_code == 201, first.text
    assert (first.json()["name"], first.json()["title"]) == ("sales-of-may", "Sales of May")
    assert "<p>Fine.</p>" in page(server, "sales-of-may").text
    again = publish(server, notebook(nbformat.v4.new_markdown_cell("# June")), path="a/sales.ipynb")
    assert again.json()["name"] == "sales-of-may"
    assert "<h1>June</h1>" in page(server, "sales-of-may").text
    other = publish(server, notebook(nbformat.v4.new_markdown_cell("# Sales of May")), path="b.ipynb")
    assert other.json()["name"] == "sales-of-may-2"
    assert {"sales-of-may", "sales-of-may-2"} <= {one["name"] for one in server.http.get("dashboards").json()}
    assert 'href="/toolrunner/dashboards/sales-of-may"' in page(server).text
    assert server.http.delete("dashboards/sales-of-may-2").status_code == 204
    assert page(server, "sales-of-may-2").status_code == 404


def test_the_terminal_replaces_the_page_of_a_notebook_in_the_folder_of_the_server(server: Server) -> None:
    def typed(*words: str) -> str:
        environment = {**os.environ, "JUPYTER_RUNTIME_DIR": str(server.folder / "runtime")}
        command = [sys.executable, "-m", "jupyter_toolrunner.cli", *words]
        done = subprocess.run(
            command, cwd=server.root, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    content = notebook(nbformat.v4.new_markdown_cell("# The year"))
    (server.root / "year.ipynb").write_text(json.dumps(content))
    outside = server.folder / "elsewhere.ipynb"
    outside.write_text(json.dumps(content))
    # First as Lab does it, then as the terminal does.
    made = publish(server, content, path="year.ipynb").json()
    assert typed("publish", "year.ipynb") == f"toolrunner/dashboards/{made['name']}\n"
    assert typed("publish", str(outside), "--name", "elsewhere") == "toolrunner/dashboards/elsewhere\n"
    listed = {line.split()[0]: line for line in typed("dashboards").splitlines()}
    assert listed[made["name"]].endswith("  year.ipynb")
    assert "comes with a package" not in listed["elsewhere"]
    assert "comes with a package" in listed["history"]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({}, "notebook"),
        ({"cells": 3}, "notebook"),
        ({"cells": [], "nbformat": 3}, "notebook"),
        ("text", "notebook"),
        *(
            ({"nbformat": 4, "cells": [{"cell_type": "code", "source": "", **wrong}]}, "notebook")
            for wrong in (
                {"outputs": 5},
                {"outputs": [5]},
                {"metadata": "x"},
                {"metadata": {"tags": 5}},
                {"metadata": {"tags": [[1]]}},
            )
        ),
    ],
)
def test_what_is_no_notebook_is_refused(server: Server, content: Any, field: str) -> None:
    answer = publish(server, content)
    assert answer.status_code == 400
    assert answer.json()["error"]["field"].startswith(field)


def test_a_name_that_another_notebook_has_is_not_taken_from_it(server: Server) -> None:
    publish(server, notebook(), path="one.ipynb", name="mine").raise_for_status()
    answer = publish(server, notebook(), path="two.ipynb", name="mine")
    assert answer.status_code == 409
    assert "one.ipynb" in answer.json()["error"]["message"]


def test_a_page_outside_of_the_folder_is_refused(server: Server) -> None:
    assert publish(server, notebook(), path="../../etc/x.ipynb").status_code == 400


def test_the_three_dashboards_that_come_along_are_there(server: Server) -> None:
    names = {one["name"] for one in server.http.get("dashboards").json()}
    assert {"tool_runner", "history", "results"} <= names
    for name in ("tool_runner", "history", "results"):
        shown = page(server, name)
        assert 'class="trn-view"' in shown.text
        assert shown.headers["content-security-policy"].startswith("default-src 'self'")
    assert server.http.delete("dashboards/history").status_code == 409


def test_nobody_gets_in_without_signing_in_and_no_token_stays_in_an_address(server: Server) -> None:
    url = f"{server.url}toolrunner/dashboards/history"
    assert "/login?next=" in httpx.get(url).headers["location"]
    answer = httpx.get(url, params={"token": TOKEN, "history": '{"query":"a"}'})
    assert answer.status_code == 302
    assert TOKEN not in answer.headers["location"]
    assert "history=" in answer.headers["location"]


@pytest.mark.parametrize("path", ["-/static/dashboard.js", "-/theme/light.css", "-/theme/dark.css"])
def test_what_a_page_loads_is_there(server: Server, path: str) -> None:
    assert page(server, path).status_code == 200


def test_a_page_speaks_the_language_that_the_browser_asks_for(server: Server) -> None:
    url = f"{server.url}toolrunner/dashboards/history"
    headers = {"Authorization": f"token {TOKEN}", "Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"}
    text = httpx.get(url, headers=headers).text
    assert '<html lang="ru"' in text
    assert "Страницы" in text


def test_thirty_viewers_see_the_stored_results_and_three_of_them_get_a_kernel(own_server: Server) -> None:
    server = own_server
    publish(server, a_live_one(), path="sliders.ipynb").raise_for_status()
    with concurrent.futures.ThreadPoolExecutor(30) as pool:
        stored = list(pool.map(lambda _: page(server, "sliders"), range(30)))
    assert [one.status_code for one in stored] == [200] * 30
    assert all("IntSlider(value=3)" in one.text for one in stored)
    assert kernels(server) == []
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        live = list(pool.map(lambda _: page(server, "sliders/live"), range(6)))
    assert sorted(one.status_code for one in live) == [200] * 3 + [503] * 3
    assert len(kernels(server)) == 3
    assert all("live: 42" in one.text for one in live if one.status_code == 200)
    full = next(one for one in live if one.status_code == 503)
    assert "All 3 live pages are in use" in full.text
    assert TOKEN not in "".join(one.text for one in [*stored, *live])
    # Whether there is a place, and a page, is told without a kernel.
    headers = {"Authorization": f"token {TOKEN}"}
    at = f"{server.url}toolrunner/dashboards/"
    assert httpx.head(f"{at}sliders/live", headers=headers).status_code == 503
    assert httpx.head(f"{at}absent/live", headers=headers).status_code == 404
    # A place that is given back is free.
    httpx.delete(f"{server.url}api/kernels/{kernels(server)[0]}", headers=headers, timeout=30)
    assert page(server, "sliders/live").status_code == 200


def test_a_live_page_asks_for_nothing_elsewhere(own_server: Server) -> None:
    publish(own_server, a_live_one(), path="sliders.ipynb").raise_for_status()
    text = page(own_server, "sliders/live").text
    loaded = re.findall(
        r"(?:src|href)=[\"'](https?:[^\"']*)|(?:import|from)\s*\(?[\"'](https?:[^\"']*)", text
    )
    assert loaded == []
    assert "cdnjs" not in re.sub(r"\"fullMathjaxUrl\": \"\"", "", text)
    assert 'name="viewport"' in text


def test_what_was_published_is_there_after_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path / "server") as server:
        publish(
            server, notebook(nbformat.v4.new_markdown_cell("# Kept")), path="kept.ipynb"
        ).raise_for_status()
        server.kill()
        server.start()
        assert "<h1>Kept</h1>" in page(server, "kept").text
