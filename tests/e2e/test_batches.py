"""Batches: a table whose wrong cells are mended before anything runs, rows that fail, values that are swept over."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from e2e.lab import THEMES, Lab
from playwright.sync_api import Locator, expect
from serving import Server

PAGE = "#toolrunner-batches"
LAB = '''"""A laboratory."""
from pathlib import Path
from typing import Literal
from jupyter_toolrunner import tool

@tool
def measure(sample: str, oil: float, origin: Literal["USA", "Europe", "Japan"], bench: Path, dilution: int = 1) -> dict:
    """Measure a sample.

    Args:
        dilution: Dilution of the sample.
    """
    if not (bench / f"{sample}.tube").exists():
        raise FileNotFoundError(f"the tube {sample} is not on the bench")
    return {"diluted": round(oil / dilution, 3)}
'''


@pytest.fixture(scope="module")
def bench(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the tubes stand; the tool is there as long."""
    folder = tmp_path_factory.mktemp("bench")
    file = server.root / "toolbox" / "laboratory.py"
    file.write_text(LAB)
    server.eventually(lambda: server.http.get("tools/measure").status_code == 200)
    for number in range(96):
        (folder / f"s{number:03}.tube").touch()
    yield folder
    file.unlink()


def _sheet(rows: int = 96) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Sample": [f"s{number:03}" for number in range(rows)],
            "OIL": [round(1 + number / 7, 2) for number in range(rows)],
            "origin": [("USA", "Europe", "Japan")[number % 3] for number in range(rows)],
            "Dilution": [str(1 + number % 4) for number in range(rows)],
            "remark": "",
        }
    )


def _begin(lab: Lab, bench: Path, kind: str = "table") -> Locator:
    lab.command("toolrunner:new-batch", tool="toolbox.measure", params={"bench": str(bench)}, kind=kind)
    page = lab.page.locator(PAGE)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def _choose(page: Locator, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )


def test_a_sample_sheet_is_mended_run_and_run_again(lab: Lab, server: Server, bench: Path) -> None:
    sheet = _sheet()
    sheet.loc[6, "Dilution"] = "twice"
    sheet.loc[40, "origin"] = "the Moon"
    missing = [bench / f"s{number:03}.tube" for number in (3, 50, 95)]
    for tube in missing:
        tube.unlink()
    before = server.http.get("runs", params={"limit": 1, "tool": "measure"}).json()["items"]
    page = _begin(lab, bench)
    _choose(page, "sheet.csv", sheet.to_csv(index=False).encode())
    # The columns were found by themselves, whatever their case.
    expect(page.get_by_label("Field of the column OIL")).to_have_value("oil")
    expect(page.get_by_label("Field of the column remark")).to_have_value("")
    problems = page.get_by_role("list", name="What is wrong")
    expect(problems.get_by_role("listitem")).to_have_count(2)
    expect(problems).to_contain_text("Data row 7, Dilution")
    expect(problems).to_contain_text("Data row 41, Origin")
    expect(page.get_by_role("status")).to_contain_text("2 values need a change before anything runs")
    run_all = page.get_by_role("button", name=re.compile("^Run all"))
    expect(run_all).to_be_disabled()
    assert server.http.get("runs", params={"limit": 1, "tool": "measure"}).json()["items"] == before
    # Both are mended in the table, with the keyboard.
    for name, text in (("Data row 7, Dilution", "2"), ("Data row 41, Origin", "USA")):
        problems.get_by_role("button", name=name).press("Enter")
        cell = page.locator("input[data-cell]:focus")
        expect(cell).to_have_attribute("aria-invalid", "true")
        cell.fill(text)
    expect(problems).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text("96 runs")
    run_all.click()
    expect(page.get_by_role("heading", name=re.compile(r"^Batch #\d+"))).to_be_visible()
    expect(page.locator(".trn-batch-far")).to_contain_text("93 succeeded, 3 failed", timeout=60_000)
    page.get_by_label("Show").select_option("failed")
    rows = page.get_by_role("table", name="Rows of the batch")
    expect(rows.get_by_role("row")).to_have_count(4)
    expect(rows).to_contain_text("FileNotFoundError: the tube s003 is not on the bench")
    for tube in missing:
        tube.touch()
    page.get_by_role("button", name="Run the 3 failed ones again").click()
    expect(page.locator(".trn-report")).to_contain_text("Done to 3 runs.")
    expect(page.locator(".trn-batch-far")).to_contain_text("96 runs: 96 succeeded", timeout=60_000)
    with lab.page.expect_download() as download:
        page.get_by_role("link", name="Download the table").click()
    table = pd.read_csv(Path(download.value.path()))
    assert len(table) == 96
    assert set(table["status"]) == {"succeeded"}
    assert list(table["row"]) == list(range(1, 97))
    assert "result.diluted" in table
    # From any of its runs the way leads back.
    run = server.http.get("runs", params={"limit": "1"}).json()["items"][0]
    lab.command("toolrunner:open-run", id=run["id"])
    made = lab.page.locator(".trn-related", has_text=re.compile(r"Data row \d+ of"))
    made.get_by_role("button").click()
    expect(page.get_by_role("heading", name=re.compile(r"^Batch #\d+"))).to_be_visible()


def test_a_sheet_of_excel_and_a_column_that_is_chosen_by_hand(lab: Lab, server: Server, bench: Path) -> None:
    book = openpyxl.Workbook()
    page_of_book = book.create_sheet("samples", 0)
    for line in (["tube", "oil", "origin"], ["s000", 2, "USA"], ["s001", 2.5, "Japan"]):
        page_of_book.append(line)
    kept = io.BytesIO()
    book.save(kept)
    page = _begin(lab, bench)
    _choose(page, "samples.xlsx", kept.getvalue())
    problems = page.get_by_role("list", name="What is wrong")
    expect(problems).to_contain_text("Data row 1, Sample: is required")
    page.get_by_label("Field of the column tube").select_option("sample")
    expect(problems).to_have_count(0)
    page.get_by_label("Name", exact=True).fill("Two of them")
    page.get_by_role("button", name="Run all 2").click()
    expect(page.locator(".trn-batch-far")).to_contain_text("2 succeeded", timeout=60_000)
    # Each row leads to its run.
    page.get_by_role("table", name="Rows of the batch").get_by_role(
        "button", name=re.compile("^#")
    ).first.click()
    expect(lab.run_page.locator(".trn-title")).to_be_visible()
    lab.command("toolrunner:open-batches")
    page.get_by_role("button", name="All batches").click()
    expect(page.get_by_role("region", name="List of batches")).to_contain_text("Two of them")


def test_what_is_no_table_is_said(lab: Lab, bench: Path) -> None:
    page = _begin(lab, bench)
    _choose(page, "sheet.pdf", b"%PDF")
    expect(page.get_by_role("alert")).to_contain_text("files that end in .pdf are not known here")
    _choose(page, "sheet.csv", b"sample,sample\n1,2\n")
    expect(page.get_by_role("alert")).to_contain_text("stands twice")


def test_values_are_swept_over_from_the_form(lab: Lab, server: Server, bench: Path) -> None:
    lab.open_tool("measure")
    lab.panel.get_by_role("button", name="More ways to run").click()
    lab.page.get_by_role("menuitem", name="Sweep over values…").click()
    page = lab.page.locator(PAGE)
    page.get_by_label("Bench").fill(str(bench))
    page.get_by_label("Sample").fill("s000, s001, s002")
    page.get_by_label("Oil").fill("0.5..1.5 step 0.5")
    page.get_by_label("Dilution").fill("2..1")
    page.get_by_label("Origin").fill("Mars")
    expect(page.locator("[data-field=origin] .trn-error")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Run all"))).to_be_disabled()
    page.get_by_label("Origin").fill("*")
    expect(page.get_by_role("status")).to_contain_text("54 runs")
    page.get_by_label("Sample").fill("s000..")
    page.get_by_label("Sample").fill("s000")
    expect(page.get_by_role("status")).to_contain_text("18 runs")
    page.get_by_role("button", name="Run all 18").click()
    expect(page.locator(".trn-batch-far")).to_contain_text("18 succeeded", timeout=60_000)


def test_axe_finds_nothing_in_table_sweep_batch_and_list(lab: Lab, server: Server, bench: Path) -> None:
    page = _begin(lab, bench)
    sheet = _sheet(5).astype(str)
    sheet.loc[1, "OIL"] = "much"
    _choose(page, "sheet.csv", sheet.to_csv(index=False).encode())
    expect(page.get_by_role("list", name="What is wrong")).to_be_visible()
    assert lab.violations(PAGE, themes=THEMES) == []
    page.locator('[data-cell="1,1"]').fill("2")
    page.get_by_role("button", name="Run all 5").click()
    expect(page.locator(".trn-batch-far")).to_contain_text("5 succeeded", timeout=60_000)
    assert lab.violations(PAGE, themes=THEMES) == []
    page.get_by_role("button", name="All batches").click()
    expect(page.get_by_role("region", name="List of batches")).to_be_visible()
    assert lab.violations(PAGE, themes=THEMES) == []
    page = _begin(lab, bench, "sweep")
    page.get_by_label("Dilution").fill("1..0.5")
    expect(page.locator("[data-field=dilution] .trn-error")).to_be_visible()
    assert lab.violations(PAGE, themes=THEMES) == []
