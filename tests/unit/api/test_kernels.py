"""What a kernel must show to be believed, and how long it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from jupyter_toolrunner.api.kernels import LIFETIME, KernelCredentials
from jupyter_toolrunner.client.kernels import Kernel
from jupyter_toolrunner.core.errors import Forbidden
from jupyter_toolrunner.core.kernel_proof import FRESH, SCHEME, Proof

KEY = b"the key of a connection"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Server:
    """Credentials over kernels that the test starts and ends."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.keys = {"k1": KEY, "k2": b"another key"}
        self.credentials: KernelCredentials[str] = KernelCredentials(self.keys.get, self.clock)
        self.credentials.started("k1", "ann")
        self.credentials.started("k2", "bob")
        self._number = 0

    def proof(self, kernel_id: str = "k1", key: bytes = KEY, **changed: Any) -> Proof:
        self._number += 1
        signed = Proof.sign(key, kernel_id, self.clock.now, f"nonce-of-the-test-{self._number}")
        return replace(signed, **changed)

    def header(self) -> str:
        return f"{SCHEME} {self.credentials.grant('k1', self.proof())}"


@pytest.fixture
def server() -> Server:
    return Server()


def test_a_kernel_acts_as_whoever_started_it(server: Server) -> None:
    assert server.credentials.user_of(server.header()) == "ann"


def test_the_proof_of_the_client_is_what_the_server_takes() -> None:
    credentials: KernelCredentials[str] = KernelCredentials({"k1": KEY}.get)
    credentials.started("k1", "ann")
    proof = Proof(**Kernel(id="k1", key=KEY).proof())
    assert credentials.user_of(f"{SCHEME} {credentials.grant('k1', proof)}") == "ann"


def test_a_proof_is_good_once(server: Server) -> None:
    proof = server.proof()
    server.credentials.grant("k1", proof)
    with pytest.raises(Forbidden, match="not known"):
        server.credentials.grant("k1", proof)


@pytest.mark.parametrize("late", [-FRESH - 1, FRESH + 1])
def test_a_proof_of_another_time_is_refused(server: Server, late: float) -> None:
    proof = server.proof()
    server.clock.now += late
    with pytest.raises(Forbidden):
        server.credentials.grant("k1", proof)


@pytest.mark.parametrize(
    "changed",
    [{"moment": 1_800_000_001.0}, {"nonce": "n" * 20}, {"signature": "0" * 64}, {"signature": "я" * 64}],
)
def test_a_changed_proof_is_refused(server: Server, changed: dict[str, Any]) -> None:
    with pytest.raises(Forbidden):
        server.credentials.grant("k1", server.proof(**changed))


def test_one_kernel_cannot_speak_for_another(server: Server) -> None:
    with pytest.raises(Forbidden):
        server.credentials.grant("k2", server.proof("k2", KEY))
    with pytest.raises(Forbidden):
        server.credentials.grant("k2", server.proof("k1", KEY))


def test_a_kernel_that_nobody_was_seen_to_start_gets_nothing(server: Server) -> None:
    server.keys["k3"] = KEY
    with pytest.raises(Forbidden):
        server.credentials.grant("k3", server.proof("k3"))


def test_a_credential_ends_with_its_time_and_with_its_kernel(server: Server) -> None:
    header = server.header()
    server.clock.now += LIFETIME + 1
    assert server.credentials.user_of(header) is None
    header = server.header()
    assert server.credentials.user_of(header) == "ann"
    del server.keys["k1"]
    assert server.credentials.user_of(header) is None


def test_only_the_last_credentials_of_a_kernel_are_good(server: Server) -> None:
    headers = [server.header() for _ in range(12)]
    assert [server.credentials.user_of(header) for header in headers] == [None] * 4 + ["ann"] * 8


@pytest.mark.parametrize("header", ["", "token abc", SCHEME, f"{SCHEME} abc", f"{SCHEME} ", "Basic YTpi"])
def test_no_other_header_is_a_credential(server: Server, header: str) -> None:
    server.header()
    assert server.credentials.user_of(header) is None
