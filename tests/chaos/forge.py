"""Starts processes that have imported everything, as a script: ``python forge.py`` reads what to start from standard input.

One JSON object a line: ``{"play": role, "environment": {…}, "log": path}`` is answered with the number of the process,
``{"ended": true}`` with those that have ended since, each with its status.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from typing import NoReturn

sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from chaos import roles  # noqa: E402

from jupyter_toolrunner.core import crashpoints  # noqa: E402


def main() -> None:
    ended: dict[int, int] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        if "play" in asked:
            answer: object = _fork(asked["play"], asked["environment"], asked["log"])
        else:
            _reap(ended)
            answer, ended = list(ended.items()), {}
        print(json.dumps(answer), flush=True)


def _reap(ended: dict[int, int]) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        ended[pid] = status


def _fork(role: str, environment: dict[str, str], log: str) -> int:
    pid = os.fork()
    if pid == 0:
        _become(role, environment, log)
    return pid


def _become(role: str, environment: dict[str, str], log: str) -> NoReturn:
    code = 1
    try:
        os.setsid()
        os.environ.update(environment)
        nothing = os.open(os.devnull, os.O_RDONLY)
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for number, file in ((0, nothing), (1, output), (2, output)):
            os.dup2(file, number)
        # It reads the environment once, when it is loaded.
        importlib.reload(crashpoints)
        roles.play(role)
        code = 0
    except BaseException:  # noqa: BLE001 - nothing of this may reach the loop above
        traceback.print_exc()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
