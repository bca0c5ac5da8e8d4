"""Libraries that come with the package's ``starter`` extra, and not with the package itself."""

from __future__ import annotations

import importlib
from typing import Any

#: Under which name what is imported is installed.
_PACKAGES = {"vl_convert": "vl-convert-python"}


class NotInstalled(RuntimeError):
    """A library that the tool works with is not installed."""


def library(name: str) -> Any:
    """The module of this name. Raises NotInstalled with the command that brings it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        first = name.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != first:
            raise
        raise NotInstalled(
            f"This tool works with {_PACKAGES.get(first, first)}, which is not installed here. "
            "pip install 'jupyter_toolrunner[starter]' brings it; then run the tool again"
        ) from None
