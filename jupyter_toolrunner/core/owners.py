"""Who owns what is made."""

from __future__ import annotations

import getpass
import os


def login_name() -> str:
    """Owner of what is made where nobody signs in: the person who runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user-{os.getuid()}"
