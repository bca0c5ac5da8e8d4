"""Values that are swept over: as many runs as combinations, told beforehand, in a range that holds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from serving import TOKEN, Server, serving

from jupyter_toolrunner.client import Client, connect
from jupyter_toolrunner.core.errors import InvalidParams

pytestmark = pytest.mark.skipif(find_spec("sklearn") is None, reason="needs pip install scikit-learn")

WINE = '''"""Which features of a wine tell its cultivar."""
from jupyter_toolrunner import tool

@tool
def select_features(k: int = 4, seed: int = 1, trees: int = 60) -> dict:
    """Keep the k best features of scikit-learn's wines, and say how well a forest tells the cultivars by them."""
    from sklearn.datasets import load_wine
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.feature_selection import SelectKBest
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline

    wines = load_wine()
    steps = make_pipeline(SelectKBest(k=k), RandomForestClassifier(trees, random_state=seed))
    return {"accuracy": float(cross_val_score(steps, wines.data, wines.target, cv=3).mean())}
'''


@pytest.fixture(scope="module")
def wines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Client]]:
    folder = tmp_path_factory.mktemp("wines")
    (folder / "box").mkdir()
    (folder / "box" / "wine.py").write_text(WINE)
    with (
        serving(folder / "server", toolboxes=(folder / "box",)) as server,
        connect(server.url, TOKEN) as client,
    ):
        server.eventually(lambda: server.http.get("health").json()["workers"] == 2)
        yield server, client


def test_fifteen_runs_are_told_before_they_run_and_end_within_the_range(
    wines: tuple[Server, Client],
) -> None:
    server, client = wines
    asked = {"tool": "select_features", "sweep": {"k": "2..10 step 2", "seed": "1..3"}}
    before = server.http.post("batches/check", json=asked).json()
    assert (before["rows"], before["problems"]) == (15, [])
    assert before["forecast"]["why_not"] == "not enough data"
    # As somebody who looks at it a few times first.
    client.sweep("select_features", {"k": [2, 4, 6, 8, 10], "seed": [7, 8]}).wait()
    told = server.http.post("batches/check", json=asked).json()["forecast"]
    assert (told["runs"], told["workers"], told["learnt_from"]) == (15, 2, 10)
    begun = time.monotonic()
    batch = client.sweep("select_features", {"k": "2..10 step 2", "seed": range(1, 4)}).wait()
    took = time.monotonic() - begun
    assert len(batch) == 15
    # The range of four in five, and a fifth more on both sides: a busy machine fails no test.
    assert told["whole"]["low"] / 1.2 < took < told["whole"]["high"] * 1.2, (told["whole"], took)
    outcomes = batch.outcomes()
    assert all(outcome.result["accuracy"] > 0.6 for outcome in outcomes)
    assert [run.params["k"] for run in batch] == [k for k in (2, 4, 6, 8, 10) for _ in range(3)]
    # What is known of all of it is what is left of nothing.
    assert batch.forecast().runs == 0


def test_what_cannot_be_swept_over_is_named_and_nothing_runs(wines: tuple[Server, Client]) -> None:
    _, client = wines
    before = len(client.batches())
    with pytest.raises(InvalidParams, match="k: "):
        client.sweep("select_features", {"k": "few"})
    with pytest.raises(InvalidParams, match="did you mean seed"):
        client.sweep("select_features", {"sede": "1..3"})
    assert len(client.batches()) == before


def test_failed_rows_are_run_again_with_the_code_of_now(wines: tuple[Server, Client]) -> None:
    server, client = wines
    file = Path(server.toolboxes) / "wine.py"
    # A forest of no tree is none.
    batch = client.sweep("select_features", {"trees": "5, 0"}, {"k": 2}).wait()
    assert [outcome.status for outcome in batch.outcomes()] == ["succeeded", "failed"]
    kept = batch.runs[0].id
    file.write_text(WINE.replace("Classifier(trees", "Classifier(trees or 1"))
    assert batch.retry(code="now") == 1
    batch.wait()
    assert [outcome.status for outcome in batch.outcomes()] == ["succeeded", "succeeded"]
    assert batch.runs[0].id == kept
    assert client.runs(status="failed")[0].params["trees"] == 0
    assert len(batch.csv().splitlines()) == 3


def test_a_sweep_from_a_terminal(wines: tuple[Server, Client]) -> None:
    server, _ = wines
    words = ["batch", "run", "select_features", "--sweep", "k=2:4:2", "--sweep", "seed=1,2", "-p", "trees=5"]
    done = subprocess.run(
        [sys.executable, "-m", "jupyter_toolrunner.cli", *words],
        env={**os.environ, "TOOLRUNNER_URL": server.url, "TOOLRUNNER_API_KEY": TOKEN},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "4 succeeded" in done.stdout
    assert "4 runs of box.select_features, about" in done.stderr
