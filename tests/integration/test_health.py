"""What is wrong is said with the moment since when it is."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chaos.services import Redis

from jupyter_toolrunner.backend import open_product
from jupyter_toolrunner.core.settings import Settings


def _until(look: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + 30
    while not good(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def test_a_queue_that_is_away_is_told_with_the_same_moment_until_it_is_back(tmp_path: Path) -> None:
    redis = Redis(tmp_path / "r")
    product = open_product(Settings(data_dir=tmp_path / "data", redis_url=redis.url, workers=0))
    try:
        first, second = product.health(), product.health()
        for health in (first, second):
            assert (health["status"], health["queue"], health["database"]) == ("degraded", "away", "ok")
            assert "The queue does not answer" in health["problems"][0]
        assert first["problems_since"] == second["problems_since"]
        assert len(first["problems_since"]) == len(first["problems"])
        assert datetime.fromisoformat(first["problems_since"][0]) <= datetime.now(UTC)
        redis.start()
        back = _until(product.health, lambda health: health["queue"] == "ok")
        assert (back["status"], back["problems"], back["problems_since"]) == ("ok", [], [])
        redis.stop()
        again = _until(product.health, lambda health: health["queue"] == "away")
        assert again["problems_since"][0] > first["problems_since"][0]
    finally:
        product.close()
        redis.stop()


def test_a_data_folder_that_is_gone_is_told_and_is_no_fault_of_the_request(tmp_path: Path) -> None:
    product = open_product(Settings(data_dir=tmp_path / "data", redis_url="unix:///nowhere", workers=0))
    try:
        shutil.rmtree(tmp_path / "data")
        health = product.health()
        assert health["artifacts"] == "away"
        assert any(
            "The data folder" in problem and "cannot be used" in problem for problem in health["problems"]
        )
    finally:
        product.close()
