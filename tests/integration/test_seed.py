from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_toolrunner.client import Client
from jupyter_toolrunner.client.embedded import LocalTransport
from jupyter_toolrunner.core.settings import Settings
from jupyter_toolrunner.dev.seed import seed


@pytest.mark.timeout(180)
def test_a_seeded_database_is_full_of_runs_that_can_be_looked_at(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", workers=1)
    assert seed(40, settings).startswith("40 runs of the past 5 weeks")
    with Client(LocalTransport(settings)) as client:
        runs = client.runs(limit=100)
        assert [run.number for run in runs] == list(range(40, 0, -1))
        times = [run.created_at for run in runs]
        assert times == sorted(times, reverse=True)
        assert {"succeeded", "failed"} <= {run.status.value for run in runs}
        for run in runs:
            assert run.refresh().attempts[0].log_size == len(run.log().encode())
            assert all(len(artifact.read()) == artifact.size for artifact in run.artifacts)
        drawn = client.runs(tool="graph_visualizer", status="succeeded", limit=1)[0]
        assert any(artifact.media_type == "image/png" for artifact in drawn.artifacts)
