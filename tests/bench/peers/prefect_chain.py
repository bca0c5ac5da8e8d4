"""Prefect 3 with its server running beside it, as its documentation has it: a flow that calls a task again and again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

from speaking import LENGTH, NUMBER, fib, serve


def start_server(port: str) -> None:
    """As long as this process lives its group does, and its folder is its own."""
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port]
    subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2)
    until = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < until, "Prefect's server does not come up"
            time.sleep(0.2)


start_server(os.environ["BENCH_PORT"])
os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{os.environ['BENCH_PORT']}/api"

from prefect import flow, task  # noqa: E402 - it reads where its server is


@task
def add(before: int, number: int) -> int:
    return before + fib(number)


@flow
def one_chain() -> int:
    value = 0
    for _ in range(LENGTH):
        value = add(value, NUMBER)
    return value


if __name__ == "__main__":
    serve(one_chain)
