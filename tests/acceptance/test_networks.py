"""Three machines: a server, and two with workers, one of which is cut off, one slow, one killed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from networks import Network, forwarded, network, refusal
from serving import Server, serving
from shared import Addresses, is_attempted_by, new_bucket, new_database, redis_server, s3_server, working
from sqlalchemy import make_url

TOOLS = '''"""Tools that end when they get a sign."""
import time
from pathlib import Path
from jupyter_toolrunner import tool

@tool
def hold_once(sign: Path) -> str:
    """Wait for a sign."""
    print("holding", flush=True)
    while not sign.exists():
        time.sleep(0.05)
    return "done"

@tool(delivery="idempotent")
def hold(sign: Path) -> str:
    """As `hold_once`, and can be run again."""
    return hold_once(sign)
'''
QUICK, SLOW = ({"TOOLRUNNER_LEASE_SECONDS": seconds} for seconds in ("3", "8"))


@pytest.fixture
def net() -> Iterator[Network]:
    if (reason := refusal()) is not None:
        pytest.skip(reason)
    with network() as made:
        yield made


@pytest.fixture
def addresses(net: Network, postgres: str, tmp_path: Path) -> Iterator[Addresses]:
    """As the machines reach them."""
    database = make_url(new_database(postgres))
    place = Path(str(database.query["host"])) / ".s.PGSQL.5432"
    with (
        redis_server(tmp_path, net.address) as redis,
        s3_server(tmp_path, net.address) as s3,
        forwarded(net.address, place) as port,
    ):
        reached = database.set(host=net.address, port=port, query={})
        yield Addresses(reached.render_as_string(hide_password=False), f"{redis}/0", new_bucket(s3))


@contextlib.contextmanager
def slowed(net: Network, addresses: Addresses, delay: float) -> Iterator[Addresses]:
    """The same, as a machine reaches them to which and from which everything takes so many seconds."""
    database, redis = make_url(addresses.database), urlsplit(addresses.redis)
    s3 = addresses.artifacts.partition("endpoint_url=http://")[2].partition("&")[0]
    places = [(str(database.host), int(database.port or 0)), (str(redis.hostname), int(redis.port or 0))]
    places.append((s3.partition(":")[0], int(s3.partition(":")[2])))
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(forwarded(net.address, place, delay)) for place in places]
        yield Addresses(
            database.set(port=ports[0]).render_as_string(hide_password=False),
            addresses.redis.replace(f":{places[1][1]}/", f":{ports[1]}/"),
            addresses.artifacts.replace(s3, f"{net.address}:{ports[2]}"),
        )


@pytest.fixture
def server(addresses: Addresses, tmp_path: Path) -> Iterator[Server]:
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "holding.py").write_text(TOOLS)
    variables = {"TOOLRUNNER_WORKERS": "0", **addresses.variables()}
    with serving(tmp_path / "server", toolboxes=(tmp_path / "box",), **variables) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        yield server


@pytest.mark.timeout(300)
def test_a_machine_that_is_cut_off_slow_or_killed_costs_no_run(
    net: Network, addresses: Addresses, server: Server, tmp_path: Path
) -> None:
    near, far = net.machine("near"), net.machine("far")
    signs = [tmp_path / f"sign-{number}" for number in range(3)]
    with contextlib.ExitStack() as stack:
        slow = stack.enter_context(slowed(net, addresses, 0.1))
        named = {"count": 2, "prefix": near.prefix, **QUICK}
        one = stack.enter_context(working(tmp_path / "one", addresses, (tmp_path / "box",), **named))
        once, again = (
            server.submit("hold_once", sign=str(signs[0])),
            server.submit("hold", sign=str(signs[1])),
        )
        for run in (once, again):
            _begun(server, run)
        named = {"count": 1, "prefix": far.prefix, **SLOW}
        two = stack.enter_context(working(tmp_path / "two", slow, (tmp_path / "box",), **named))
        server.eventually(lambda: server.http.get("health").json()["machines"] == 2, seconds=60)

        near.cut_off()
        lost = server.wait(once["id"])
        assert (lost["status"], lost["reason"], lost["attempt"]) == ("failed", "lost_worker", 1)
        server.eventually(lambda: server.run(again["id"])["attempt"] == 2, seconds=60)
        # Both attempts of the one come to their end, and the one that is lost.
        for sign in signs[:2]:
            sign.touch()
        moved = server.wait(again["id"])
        assert (moved["status"], moved["attempt"]) == ("succeeded", 2)
        assert is_attempted_by(server, again, two)

        near.connect()
        said = f"attempt 1 of run #{again['number']} lost its lease; nothing was published"
        server.eventually(lambda: said in one.log(), seconds=60)
        assert [artifact["attempt"] for artifact in server.run(again["id"])["artifacts"]] == [2]

        # From then on it works as before, and takes over from the slow one.
        three = [server.submit("hold", sign=str(signs[2])) for _ in range(3)]
        for run in three:
            _begun(server, run)
        assert sorted(is_attempted_by(server, run, one) for run in three) == [False, True, True]
        # Both of the first machine work again, so they have told all that they had.
        assert (server.run(once["id"])["status"], server.run(once["id"])["artifacts"]) == ("failed", [])
        two.kill()
        signs[2].touch()
        ended = [server.wait(run["id"]) for run in three]
        assert [(run["status"]) for run in ended] == ["succeeded"] * 3
        assert sorted(run["attempt"] for run in ended) == [1, 1, 2]
        assert all(is_attempted_by(server, run, one) for run in three)


def _begun(server: Server, run: dict[str, Any]) -> None:
    server.eventually(lambda: "holding" in server.log_of(run["id"]), seconds=60)
