"""What a published notebook shows before any script runs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from e2e.payloads import payloads

from jupyter_toolrunner.api.pages.notebook_html import notebook_html
from jupyter_toolrunner.core.dashboards import VIEW_TYPE

PAYLOADS = payloads("http://far.invalid")
RUNS = re.compile(
    r"<(script|iframe|object|embed|form|input|button|link|meta|base|style|svg|math|video|audio|frame)\b"
    r"|<[^>]*\s(on\w+|style|srcset|srcdoc|ping|background|formaction|poster|class=evil|data-evil)\s*="
    r"|<a [^>]*href=\"(?!https?:|mailto:)[a-z][a-z0-9+.-]*:",
    re.IGNORECASE,
)


def code(*data: dict[str, Any], **output: Any) -> dict[str, Any]:
    shown = [{"output_type": "display_data", "metadata": {}, "data": one} for one in data]
    return {
        "cell_type": "code",
        "metadata": {},
        "source": "secret = 1",
        "outputs": [*shown, *([output] if output else [])],
    }


def text(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source, **more}


def html(*cells: dict[str, Any]) -> str:
    return notebook_html({"nbformat": 4, "cells": list(cells)})


def test_texts_and_outputs_are_shown_and_code_is_not() -> None:
    shown = html(text("# Title\n\n| a |\n|---|\n| 1 |"), code({"text/plain": "42"}))
    assert "<h1>Title</h1>" in shown
    assert "<td>1</td>" in shown
    assert '<pre class="">42</pre>' in shown
    assert "secret" not in shown


def test_a_table_of_pandas_stays_a_table() -> None:
    import pandas as pd

    frame = pd.DataFrame({"name": ["a", "<b>"], "value": [1, 2]})
    shown = html(code({"text/html": frame.to_html(), "text/plain": "x"}))
    assert shown.count("<tr>") >= 2
    assert "&lt;b&gt;" in shown
    assert "<style" not in shown


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_nothing_of_a_notebook_runs_or_asks_for_anything(payload: str) -> None:
    kinds = (
        "text/html",
        "text/markdown",
        "text/plain",
        "text/latex",
        "image/svg+xml",
        "application/x-unknown",
    )
    shown = html(
        text(payload),
        *(code({kind: payload}) for kind in kinds),
        code(output_type="stream", name="stdout", text=payload),
        code(output_type="error", ename=payload, evalue=payload, traceback=[payload]),
        text("![x](attachment:a.png)", attachments={"a.png": {"image/png": payload}}),
    )
    assert RUNS.search(shown) is None, RUNS.search(shown)
    assert re.search(r"<img[^>]*src=\"(?!data:image/)", shown) is None


def test_a_view_of_ours_stands_there_with_its_state_and_its_words() -> None:
    shown = html(
        code({VIEW_TYPE: {"kind": "form", "tool": '"><script>x'}, "text/html": "<p>Build graph</p>"})
    )
    assert 'class="trn-view" data-view="{&quot;kind&quot;' in shown
    assert "<p>Build graph</p>" in shown
    assert "<script" not in shown


def test_an_output_that_is_a_program_alone_is_shown_by_its_words() -> None:
    assert "alt.Chart" in html(code({"text/html": "<script>draw()</script>", "text/plain": "alt.Chart(...)"}))


def test_what_cannot_be_seen_without_a_program_says_so() -> None:
    notes = {"script": "a script <draws>", "widget": "a control"}
    script = {"text/html": "<div id=v></div><script>draw()</script>", "text/plain": "alt.Chart(...)"}
    cells = [
        code(script),
        code({**script, "image/png": "iVBORw0KGgo="}),
        code({"text/html": "<p>shown</p><script>more()</script>"}),
        code({"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/plain": "IntSlider()"}),
    ]
    shown = [notebook_html({"nbformat": 4, "cells": [cell]}, notes) for cell in cells]
    assert "alt.Chart" in shown[0]
    assert ["a script &lt;draws&gt;" in each for each in shown] == [True, False, False, False]
    assert ["a control" in each for each in shown] == [False, False, False, True]


@pytest.mark.parametrize("tag", ["remove-cell", "hide-cell", "parameters"])
def test_cells_that_are_to_be_left_out_are(tag: str) -> None:
    cell = {**text("inside"), "metadata": {"tags": [tag]}}
    assert html(cell) == ""


def test_a_long_output_is_cut() -> None:
    assert len(html(code(output_type="stream", name="stdout", text="x" * 3_000_000))) < 300_000


def test_texts_may_be_lists_of_lines_as_files_have_them() -> None:
    cell = {**text(""), "source": ["# One\n", "two"]}
    assert "<h1>One</h1>" in html(cell)
