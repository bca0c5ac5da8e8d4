"""Runs in a chain, against others who make chains: ``python tests/bench/bench_peers.py [--peers FOLDER] [--write]``.

Forty times fib(10), each given what the one before gave, from the first submit to the last result: by our client, in one
process with a worker beside it, where all are submitted at once and each names the outcome of the one before as a value;
by Celery's chain, Prefect's flow, Dagster's job. All by turns. Celery has the same Redis as ours, and one worker too.

None of the others is a dependency: each has an environment of its own in the folder that ``--peers`` names, where it is
made unless it is there already; without the option in a folder that goes away again.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from bench.bench_product import Row, in_turns, measure, parser_of, row
from bench.peers.speaking import LENGTH, NUMBER, RESULT
from serving import free_port

from jupyter_toolrunner.client import Client
from jupyter_toolrunner.client.embedded import open_local
from jupyter_toolrunner.core.settings import Settings

HERE = Path(__file__).parent / "peers"
TOOL = '''"""What is done in a chain."""
from jupyter_toolrunner import tool

def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

@tool
def add(before: int, number: int) -> int:
    """Add to what came before."""
    return before + fib(number)

@tool(warm=True)
def add_warm(before: int, number: int) -> int:
    """The same, in a process that stays."""
    return before + fib(number)
'''
#: Seconds for a peer to come up.
PATIENCE = 180.0


@dataclass(frozen=True)
class Peer:
    name: str
    #: What of it is measured.
    how: str
    packages: tuple[str, ...]
    script: str
    #: What ours may take of its time at most: in a fresh process, and in a warm one.
    goals: Mapping[str, float]


CELERY = Peer(
    "Celery",
    "a chain, prefork, one worker",
    ("celery[redis]>=5.5",),
    "celery_chain",
    {"add": 0.8, "add_warm": 0.4},
)
#: An early 3.8 breaks with a FastAPI of 0.120; those that take a later one ask for it by themselves.
PREFECT = Peer("Prefect 3", "its server running", ("prefect>=3.9,<4",), "prefect_chain", {"add": 0.1})
DAGSTER = Peer("Dagster", "in-process", ("dagster>=1.13",), "dagster_chain", {"add": 0.05})
WHAT = {
    "add": f"{LENGTH} chained runs of fib({NUMBER}), fresh processes",
    "add_warm": f"{LENGTH} chained runs of fib({NUMBER}), warm process",
}


class NotHere(Exception):
    """A peer that cannot be measured on this machine."""


def installed(peers: Path, peer: Peer) -> Path:
    """The Python of its environment. Raises NotHere."""
    environment = peers / peer.script.removesuffix("_chain")
    python = environment / "bin" / "python"
    if subprocess.call([python, "-c", "pass"]) if python.exists() else True:
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check"]
    made = subprocess.run([*pip, *peer.packages], capture_output=True, text=True)
    if made.returncode:
        raise NotHere(f"cannot be installed here: {made.stderr.strip().splitlines()[-1]}")
    return python


@contextlib.contextmanager
def chaining(peers: Path, peer: Peer, settings: Settings, folder: Path) -> Iterator[Callable[[], float]]:
    """Seconds of one chain. Raises NotHere."""
    python = installed(peers, peer)
    home = folder / peer.script
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    environment = {
        **os.environ,
        "BENCH_REDIS": settings.effective_redis_url.replace("unix://", "redis+socket://"),
        "BENCH_PORT": str(free_port()),
        "PYTHONPATH": str(HERE),
        # Celery refuses to work as root without.
        "C_FORCE_ROOT": "1",
        "DAGSTER_HOME": str(home),
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    commands: list[list[str | Path]] = [[python, HERE / f"{peer.script}.py"]]
    if peer is CELERY:
        worker = "worker --concurrency 1 --pool prefork --loglevel error --without-gossip --without-mingle"
        commands.append([python, "-m", "celery", "-A", peer.script, *worker.split()])
    with contextlib.ExitStack() as stack, (home / "log").open("wb") as log:
        speaker, *_ = (
            stack.enter_context(_started(each, environment, home, log.fileno())) for each in commands
        )

        def chain() -> float:
            assert speaker.stdin is not None
            assert speaker.stdout is not None
            print("go", file=speaker.stdin, flush=True)
            if not (answer := speaker.stdout.readline()):
                raise NotHere(f"does not work here: {(home / 'log').read_text()[-300:]!r}")
            return float(answer)

        chain()
        yield chain


@contextlib.contextmanager
def _started(
    command: list[str | Path], environment: Mapping[str, str], home: Path, log: int
) -> Iterator[subprocess.Popen[str]]:
    """With all that it starts in turn."""
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@contextlib.contextmanager
def our_client(folder: Path) -> Iterator[tuple[Client, Settings]]:
    box = folder / "box"
    box.mkdir()
    (box / "chain.py").write_text(TOOL)
    settings = Settings(data_dir=folder / "data", toolboxes=(str(box),), workers=1)
    client = Client(open_local(settings))
    try:
        until = time.monotonic() + PATIENCE
        while not client.health().workers:
            assert time.monotonic() < until, "no worker comes up"
            time.sleep(0.05)
        yield client, settings
    finally:
        client.close()


def our_chain(client: Client, tool: str) -> float:
    begun = time.perf_counter()
    run = client.submit(tool, before=0, number=NUMBER)
    for _ in range(LENGTH - 1):
        run = client.submit(tool, before=run.outcome(), number=NUMBER)
    value = run.result()
    taken = time.perf_counter() - begun
    assert value == RESULT, value
    return taken


def against(peers: Path, peer: Peer, rounds: int, folder: Path) -> list[Row]:
    with our_client(folder) as (client, settings):
        ours = [partial(our_chain, client, tool) for tool in peer.goals]
        try:
            with chaining(peers, peer, settings, folder) as chain:
                *measured, theirs = in_turns(*ours, chain, rounds=rounds, each=1, warm=1)
        except NotHere as error:
            return [
                Row(_what(tool, peer), "–", f"{peer.name} {error}".replace("|", "/"), math.nan, goal)
                for tool, goal in peer.goals.items()
            ]
    return [
        row(_what(tool, peer), taken, f"{peer.name}, {peer.how}", theirs, goal)
        for (tool, goal), taken in zip(peer.goals.items(), measured, strict=True)
    ]


def _what(tool: str, peer: Peer) -> str:
    return f"{WHAT[tool]}, against {peer.name}"


def main() -> int:
    peers = {"celery": CELERY, "prefect": PREFECT, "dagster": DAGSTER}
    parser = parser_of(__doc__, peers)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--peers", type=Path, metavar="FOLDER", help="where their environments are kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as away:
        folder = options.peers or Path(away)
        folder.mkdir(parents=True, exist_ok=True)
        benches = {name: partial(against, folder, peer, options.rounds) for name, peer in peers.items()}
        return measure(options, benches)


if __name__ == "__main__":
    sys.exit(main())
