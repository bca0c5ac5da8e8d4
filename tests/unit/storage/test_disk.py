from __future__ import annotations

from pathlib import Path

from jupyter_toolrunner.storage.disk import refusal


def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    assert refusal(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_why_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone") == "No such file or directory"
