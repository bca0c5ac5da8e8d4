"""For whom the kernels of a Jupyter server run, from what the server itself tells when it starts one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server import CallContext

from .kernels import KernelCredentials

if TYPE_CHECKING:
    from jupyter_server.auth.identity import User
    from jupyter_server.serverapp import ServerApp

_ACTIONS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"


class KernelOwners:
    """Notes who started each kernel; ``credentials`` are then given to that user's code alone."""

    def __init__(self, server: ServerApp) -> None:
        self._server = server
        self.credentials: KernelCredentials[User] = KernelCredentials(self._key_of)
        assert server.event_logger is not None
        server.event_logger.add_listener(schema_id=_ACTIONS, listener=self._note)

    async def _note(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        """Called within the request that started the kernel, so that its user is at hand.

        A kernel that died is started again within no request, and stays with whom it was.
        """
        handler = CallContext.get(CallContext.JUPYTER_HANDLER)
        if data.get("action") != "start" or data.get("status") != "success" or handler is None:
            return
        if handler.current_user is not None:
            self.credentials.started(str(data["kernel_id"]), handler.current_user)

    def _key_of(self, kernel_id: str) -> bytes | None:
        manager = self._server.kernel_manager
        if kernel_id not in manager:
            return None
        # None where a gateway runs the kernels: their keys are not known here.
        session = getattr(manager.get_kernel(kernel_id), "session", None)
        return bytes(session.key) if session is not None and session.key else None
