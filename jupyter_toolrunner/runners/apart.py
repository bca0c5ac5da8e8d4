"""What runs a script in a Python of its own, of another version maybe (3.9 or later). Standard library alone."""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import socket
import sys
from typing import NoReturn

from . import wire
from .environment import Environment
from .script_run import run_script


def main(channel: str, told: str) -> NoReturn:
    """Run the script, tell how it ended, and end as Python does."""
    with open(int(told), "rb") as file:
        spec = json.loads(file.read())
    line = socket.socket(fileno=int(channel))
    # What the script starts must not speak for the run.
    line.set_inheritable(False)
    me = os.getpid()

    def tell(message: wire.Message) -> None:
        if os.getpid() == me:
            with contextlib.suppress(OSError):
                wire.send(line, {**message, "nonce": spec["nonce"]})

    faulthandler.enable()
    with contextlib.suppress(Exception):
        tell({"environment": dict(Environment().read())})
    sys.exit(run_script(spec, tell))
