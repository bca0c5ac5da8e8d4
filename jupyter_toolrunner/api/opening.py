"""The desk opens after the server's start: what answers requests is imported and built when it is first needed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ..core.errors import NotAvailable

if TYPE_CHECKING:
    from .desk import Desk

log = logging.getLogger(__name__)

#: Seconds after a failure for which its reason is the answer, before it is tried again.
_REST = 2.0


class Opening:
    """Opens the desk once, in a thread; everybody who asks meanwhile waits for the same one. Belongs to one loop."""

    def __init__(
        self, build: Callable[[], Desk], pool: ThreadPoolExecutor, on_open: Callable[[Desk], None]
    ) -> None:
        """``on_open`` is called in the loop, before the first request is answered."""
        self._build = build
        self._pool = pool
        self._on_open = on_open
        self._task: asyncio.Task[Desk] | None = None
        self._failed_at: float | None = None
        self._closed = False

    async def desk(self) -> Desk:
        """Raises NotAvailable where it cannot be opened; a later call tries again."""
        return await asyncio.shield(self._begin())

    def begin(self) -> None:
        """Open it before anybody asks."""
        if not self._closed:
            self._begin()

    async def close(self) -> None:
        """Close the desk, also one that is just being opened."""
        self._closed = True
        if self._task is None:
            return
        try:
            desk = await self._task
        except Exception:  # noqa: BLE001 - told when it happened; nothing was opened
            return
        await asyncio.get_running_loop().run_in_executor(None, desk.close)

    def _begin(self) -> asyncio.Task[Desk]:
        if self._closed:
            raise NotAvailable("The server is stopping.")
        rested = self._failed_at is not None and time.monotonic() - self._failed_at >= _REST
        if self._task is None or rested:
            self._failed_at = None
            self._task = asyncio.create_task(self._open())
            self._task.add_done_callback(self._note_failure)
        return self._task

    async def _open(self) -> Desk:
        try:
            desk = await asyncio.get_running_loop().run_in_executor(self._pool, self._build)
        except NotAvailable:
            raise
        except Exception as error:
            log.exception("ToolRunner could not be started")
            raise NotAvailable(
                f"ToolRunner could not be started: {type(error).__name__}.",
                hint="The server's log says more, and so does: jupyter toolrunner doctor",
            ) from error
        if not self._closed:
            self._on_open(desk)
        return desk

    def _note_failure(self, task: asyncio.Task[Desk]) -> None:
        if task.cancelled() or (error := task.exception()) is None:
            return
        self._failed_at = time.monotonic()
        log.error("ToolRunner is not available: %s", error)
