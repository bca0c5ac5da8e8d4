"""The page of what can be said of tools: its examples are accepted as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

from jupyter_toolrunner.dev.reference import page
from jupyter_toolrunner.registry import executables
from jupyter_toolrunner.registry.settings import load

TOOLBOX, PROGRAM = re.findall(r"```yaml\n(.*?)```", page(), re.DOTALL)


def test_the_example_of_a_toolbox_has_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "toolbox.yaml"
    path.write_text(TOOLBOX, "utf-8")
    settings = load(path)
    assert settings.problems == ()
    assert settings.title == "Our reports"
    assert settings.tools["build_report"].interpreter == "../venv/bin/python"


def test_the_example_of_a_program_has_no_fault(tmp_path: Path) -> None:
    program = tmp_path / "top_words.sh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    path = tmp_path / "top_words.tool.yaml"
    path.write_text(PROGRAM, "utf-8")
    assert "failure" not in executables.read(path, tmp_path)
