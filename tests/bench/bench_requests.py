"""What an answer of the API costs: ``python tests/bench/bench_requests.py [--only NAME …] [--write]``.

Against a handler of the same server that finds out who asks, as each must, and answers nothing; over one connection each,
in turns. The client reads bytes and makes nothing of them, since what it did would count for both sides.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import TOOL, Row, in_turns, main, row
from serving import TOKEN, Server, serving

#: An extension with the least that a handler of Jupyter's does.
TRIVIAL = '''"""A handler that answers nothing."""
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

class Trivial(APIHandler):
    @web.authenticated
    def get(self):
        self.finish("{}")

def _jupyter_server_extension_points():
    return [{"module": "trivial"}]

def _load_jupyter_server_extension(server):
    path = url_path_join(server.base_url, "trivial")
    server.web_app.add_handlers(".*$", [(path, Trivial)])
'''
#: Runs in the history; a list has fifty of them.
RUNS = 60


@contextlib.contextmanager
def serving_trivial(folder: Path) -> Iterator[tuple[Server, str]]:
    """A server with that handler and some runs; the id of one of them."""
    for name in ("box", "config", "extension"):
        (folder / name).mkdir()
    (folder / "box" / "tools.py").write_text(TOOL)
    (folder / "extension" / "trivial.py").write_text(TRIVIAL)
    enabled = {"ServerApp": {"jpserver_extensions": {"trivial": True}}}
    (folder / "config" / "jupyter_server_config.json").write_text(json.dumps(enabled))
    variables = {"PYTHONPATH": str(folder / "extension"), "JUPYTER_CONFIG_DIR": str(folder / "config")}
    with serving(folder / "server", toolboxes=(folder / "box",), **variables) as server:
        runs = [server.done("warm_noop") for _ in range(RUNS)]
        yield server, runs[-1]["id"]


@contextlib.contextmanager
def asking(server: Server, path: str) -> Iterator[Callable[[], float]]:
    """Seconds of one answer, over a connection that stays."""
    connection = HTTPConnection("127.0.0.1", server.port)
    headers = {"Authorization": f"token {TOKEN}"}

    def ask() -> float:
        begun = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        taken = time.perf_counter() - begun
        assert answer.status == 200, answer.status
        return taken

    yield ask
    connection.close()


def one_run(folder: Path) -> list[Row]:
    with serving_trivial(folder) as (server, run):
        return [against_trivial(server, f"runs/{run}", "GET one run, p50", 1.2)]


def list_of_runs(folder: Path) -> list[Row]:
    with serving_trivial(folder) as (server, _):
        return [against_trivial(server, "runs?limit=50", "GET a list of 50 runs, p50", 1.5)]


def against_trivial(server: Server, path: str, what: str, goal: float) -> Row:
    with asking(server, f"/toolrunner/api/{path}") as ask, asking(server, "/trivial") as ask_trivial:
        ours, trivial = in_turns(ask, ask_trivial, rounds=20, each=25, warm=50)
    return row(what, ours, "a trivial authenticated handler", trivial, goal)


BENCHES = {"run": one_run, "list": list_of_runs}

if __name__ == "__main__":
    sys.exit(main(__doc__, BENCHES))
