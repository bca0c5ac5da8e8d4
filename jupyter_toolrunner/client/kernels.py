"""The kernel that this code runs in, where it runs in one, and the server that started it."""

from __future__ import annotations

import os
import secrets
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from ..core.kernel_proof import Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """A kernel, which can show to its server that it is that."""

    id: str
    key: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """Where it asks for a credential."""
        return f"kernels/{self.id}/credential"

    def proof(self) -> dict[str, Any]:
        """New with each call: it is good once."""
        return asdict(Proof.sign(self.key, self.id, time.time(), secrets.token_hex(16)))


def this_kernel() -> Kernel | None:
    """None where this is no kernel, or one that nobody can prove anything for."""
    module = sys.modules.get("ipykernel.kernelapp")  # a kernel has it; nobody else should load it for this
    if module is None or not module.IPKernelApp.initialized():
        return None
    app = module.IPKernelApp.instance()
    name = os.path.basename(app.connection_file or "")
    key = bytes(app.session.key)
    if not key or not name.startswith("kernel-"):
        return None
    return Kernel(id=os.path.splitext(name)[0].removeprefix("kernel-"), key=key)


def parent_pid() -> int | None:
    """The process that started this kernel: its server."""
    try:
        return int(os.environ["JPY_PARENT_PID"])
    except (KeyError, ValueError):
        return None
