from __future__ import annotations

import os
from pathlib import Path

import pytest

NODE_MODULES = Path(__file__).parents[2] / "labextension" / "node_modules"


@pytest.fixture
def frontend_packages() -> Path:
    """The packages of the Lab extension, which ``pip install .`` leaves there."""
    if not NODE_MODULES.is_dir():
        why = "labextension/node_modules is missing: run `pip install .`, or `jlpm install` in labextension"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    return NODE_MODULES
