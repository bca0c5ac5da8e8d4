from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import Server, serving
from shared import Addresses, new_bucket, new_database, redis_server

_numbers = itertools.count()

BOX = Path(__file__).parent / "toolbox"


#: Modules whose server is tried on one machine alone, and on a database, a queue and a store that machines share.
_ON_BOTH = {"test_runs"}
#: What is asked there has nothing to do with where things are kept.
_ON_ONE = {"TestBadRequests", "TestAnonymous"}
WAYS = ["one machine", "shared"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    name, kind = metafunc.module.__name__.rpartition(".")[2], metafunc.cls and metafunc.cls.__name__
    if "server" in metafunc.fixturenames and name in _ON_BOTH and kind not in _ON_ONE:
        metafunc.parametrize("server", WAYS, indirect=True, scope="module")


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of a module; none of them stops it."""
    with serving(
        tmp_path_factory.mktemp("server"), toolboxes=(BOX,), **_variables(request, "addresses_of_module")
    ) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        yield server


@pytest.fixture
def own_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server that a test may kill."""
    with serving(tmp_path / "server", toolboxes=(BOX,), **_variables(request, "addresses")) as server:
        server.eventually(lambda: not server.http.get("health").json()["reading"])
        yield server


def _variables(request: pytest.FixtureRequest, fixture: str) -> dict[str, str]:
    if getattr(request, "param", WAYS[0]) == WAYS[0]:
        return {}
    addresses: Addresses = request.getfixturevalue(fixture)
    return addresses.variables()


@pytest.fixture(scope="session")
def redis_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


def _addresses(postgres: str, redis: str, s3_server: str) -> Addresses:
    return Addresses(new_database(postgres), f"{redis}/{next(_numbers)}", new_bucket(s3_server))


@pytest.fixture(scope="module")
def addresses_of_module(postgres: str, redis_address: str, s3_server: str) -> Addresses:
    return _addresses(postgres, redis_address, s3_server)


@pytest.fixture
def addresses(postgres: str, redis_address: str, s3_server: str) -> Addresses:
    """An empty database, queue and store of a test's own."""
    return _addresses(postgres, redis_address, s3_server)
