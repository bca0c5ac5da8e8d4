"""How a kernel shows to its server that it is that kernel: it signs with the key of its connection, which both have.

Standard library alone: kernels import it.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

#: Seconds that the clocks of a kernel and its server may differ by.
FRESH = 60.0
#: What the header of a request with a kernel's credential begins with.
SCHEME = "toolrunner-kernel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Who asks when, signed by HMAC-SHA-256 (RFC 2104)."""

    #: Seconds since 1970.
    moment: float
    #: Makes each proof good for one use.
    nonce: str
    #: Hex.
    signature: str

    @classmethod
    def sign(cls, key: bytes, kernel_id: str, moment: float, nonce: str) -> Proof:
        return cls(moment=moment, nonce=nonce, signature=_signature(key, kernel_id, moment, nonce))

    def is_of(self, key: bytes, kernel_id: str) -> bool:
        expected = _signature(key, kernel_id, self.moment, self.nonce)
        return hmac.compare_digest(expected.encode(), self.signature.encode("utf-8", "replace"))


def _signature(key: bytes, kernel_id: str, moment: float, nonce: str) -> str:
    message = "\n".join(("toolrunner kernel credential", kernel_id, repr(moment), nonce))
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()
