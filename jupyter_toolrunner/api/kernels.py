"""Credentials of kernels: code in a notebook acts as the user who started its kernel, and has no token of the server.

A kernel proves who it is with the key of its own connection and gets a credential that is good for this API alone, for a
quarter of an hour, and no longer than the kernel lives. It stands in a header, never in an address or a file.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..core.errors import Forbidden
from ..core.kernel_proof import FRESH, SCHEME, Proof

#: Seconds for which a credential is good; a kernel that lives gets another one.
LIFETIME = 900.0
#: Credentials of one kernel; an older one ends when one more is asked for.
_EACH = 8

User = TypeVar("User")


@dataclass(frozen=True, slots=True)
class _Credential:
    kernel_id: str
    until: float


class KernelCredentials(Generic[User]):
    """Who started which kernel, and what was given to it. Belongs to the server's loop."""

    def __init__(self, key_of: Callable[[str], bytes | None], clock: Callable[[], float] = time.time) -> None:
        """``key_of`` gives the key of a kernel's connection, None where no such kernel runs."""
        self._key_of = key_of
        self._clock = clock
        self._owners: dict[str, User] = {}
        #: By digest: what is kept here lets nobody in.
        self._given: dict[str, _Credential] = {}
        self._used: dict[str, float] = {}

    def started(self, kernel_id: str, user: User) -> None:
        """Remember for whom a kernel runs, and forget those that are gone."""
        self._owners = {each: owner for each, owner in self._owners.items() if self._key_of(each) is not None}
        self._given = {
            digest: given for digest, given in self._given.items() if given.kernel_id in self._owners
        }
        self._owners[kernel_id] = user

    def grant(self, kernel_id: str, proof: Proof) -> str:
        """A new credential. Raises Forbidden: what is wrong is not told: who has the key needs no help."""
        now = self._clock()
        key = self._key_of(kernel_id)
        if key is None or kernel_id not in self._owners or not self._is_good(kernel_id, key, proof, now):
            raise Forbidden(
                "This kernel is not known here.",
                hint="Restart the kernel from the page that it belongs to, or set TOOLRUNNER_URL and TOOLRUNNER_API_KEY.",
            )
        self._used[proof.nonce] = now
        for oldest in self._of(kernel_id)[: 1 - _EACH]:
            del self._given[oldest]
        credential = secrets.token_urlsafe(32)
        self._given[_digest(credential)] = _Credential(kernel_id, now + LIFETIME)
        return credential

    def user_of(self, authorization: str) -> User | None:
        """Whose kernel sent this header; None where it is no kernel's, or no longer good."""
        scheme, _, credential = authorization.partition(" ")
        given = self._given.get(_digest(credential.strip())) if scheme == SCHEME else None
        if given is None or given.until < self._clock() or self._key_of(given.kernel_id) is None:
            return None
        return self._owners.get(given.kernel_id)

    def _is_good(self, kernel_id: str, key: bytes, proof: Proof, now: float) -> bool:
        self._used = {nonce: moment for nonce, moment in self._used.items() if now - moment <= 2 * FRESH}
        if abs(now - proof.moment) > FRESH or proof.nonce in self._used:
            return False
        return proof.is_of(key, kernel_id)

    def _of(self, kernel_id: str) -> list[str]:
        return [digest for digest, given in self._given.items() if given.kernel_id == kernel_id]


def _digest(credential: str) -> str:
    return hashlib.sha256(credential.encode()).hexdigest()
