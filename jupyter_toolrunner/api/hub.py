"""Events from the stream to every browser: one reader for each server, none for each browser."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from .._version import __version__
from ..core.errors import NotAvailable, NotFound
from ..core.events import Event
from ..services.product import Product
from .recent import KEPT, Message, RecentEvents

log = logging.getLogger(__name__)

#: Bytes of one message with log text.
_LOG_PIECE = 128 * 1024
#: Seconds between looks at a followed log while hints may be missing.
_LOOK = 1.0


class Subscriber(Protocol):
    """One open connection."""

    def send(self, message: Message) -> Awaitable[None]:
        """Completes when the connection took it."""


class Hub:
    """Reads the event stream in a thread and hands everything on in the server's loop."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._loop: asyncio.AbstractEventLoop | None = None
        self._recent = RecentEvents()
        self._feeds: set[Feed] = set()
        self._changed: asyncio.Event | None = None
        self._closing = threading.Event()
        self._reader = threading.Thread(target=self._read, name="event-reader", daemon=True)

    # -- life ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """In the running loop."""
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._reader.start()

    def close(self) -> None:
        self._closing.set()

    def connect(self, subscriber: Subscriber, last: str | None, user: str) -> Feed:
        """Greet a browser, and send what it missed since ``last``."""
        feed = Feed(self._product, subscriber, user)
        feed.put({"type": "hello", "version": __version__, "last": self._recent.last})
        if last is not None:
            for message in self._recent.since(last, user):
                feed.put(message)
        self._feeds.add(feed)
        return feed

    def disconnect(self, feed: Feed) -> None:
        self._feeds.discard(feed)
        feed.close()

    def tools_changed(self, names: list[str]) -> None:
        """From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(
                self._broadcast, {"type": "tools", "id": self._recent.last, "changed": names}
            )

    async def wait_until(self, ready: Callable[[], Awaitable[bool]], seconds: float) -> None:
        """Return when ``ready`` answers True, or after so many seconds."""
        assert self._changed is not None
        deadline = time.monotonic() + seconds
        while True:
            changed = self._changed
            if await ready() or (left := deadline - time.monotonic()) <= 0:
                return
            try:
                await asyncio.wait_for(changed.wait(), min(left, _LOOK))
            except TimeoutError:
                continue

    # -- reading the stream -------------------------------------------------------------------------------------

    def _read(self) -> None:
        stream = self._product.events
        position, was_away = "", False
        while not self._closing.is_set():
            try:
                if not position or was_away:
                    position = stream.last()
                    recent = stream.recent(KEPT)
                    self._hand_over(self._begin, recent, position, was_away)
                    was_away = False
                events = stream.read(position, 0.5)
            except NotAvailable:
                was_away = True
                self._closing.wait(0.2)
                continue
            except Exception:
                # The connection may be closed under the last read.
                if self._closing.is_set():
                    return
                log.exception("reading events failed")
                self._closing.wait(1.0)
                continue
            if events:
                position = events[-1].id
                self._hand_over(self._deliver, events)

    def _hand_over(self, function: Callable[..., None], *arguments: Any) -> None:
        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)

    # -- in the loop --------------------------------------------------------------------------------------------

    def _begin(self, recent: list[Event], position: str, was_away: bool) -> None:
        self._recent.begin(((event.id, _reader_of(event), _message(event)) for event in recent), position)
        if was_away:
            self._broadcast({"type": "gap"})

    def _deliver(self, events: list[Event]) -> None:
        assert self._changed is not None
        for event in events:
            if event.type == "log":
                self._recent.last = event.id
                self._log_grew(event.data["run"])
                continue
            if event.type == "tools":
                asyncio.get_running_loop().run_in_executor(None, self._include_toolboxes)
            message, reader = _message(event), _reader_of(event)
            self._recent.add(event.id, reader, message)
            self._broadcast(message, reader)
            if event.type == "run":
                self._log_grew(event.data["id"])
        self._changed.set()
        self._changed = asyncio.Event()

    def _include_toolboxes(self) -> None:
        """Another server may have added one."""
        try:
            self._product.toolboxes.include()
        except Exception:
            log.warning("the toolboxes that were added could not be looked up", exc_info=True)

    def _broadcast(self, message: Message, reader: str | None = None) -> None:
        """To every browser, or to those of one user."""
        for feed in tuple(self._feeds):
            if reader is None or reader == feed.user:
                feed.put(message)

    def _log_grew(self, run: str) -> None:
        for feed in self._feeds:
            feed.log_grew(run)


def _message(event: Event) -> Message:
    if event.type == "tools":
        return {"type": "tools", "id": event.id, "changed": []}
    if event.type == "preference":
        return {"type": "preference", "id": event.id, **event.data}
    if event.type == "presets":
        return {"type": "presets", "id": event.id, "tool": event.data["tool"]}
    if event.type in {"queue", "cleaning"}:
        return {"type": event.type, "id": event.id}
    if event.type == "schedule":
        return {"type": "schedule", "id": event.id, "schedule": event.data["schedule"]}
    return {"type": "run", "id": event.id, "run": event.data}


def _reader_of(event: Event) -> str | None:
    """Runs are seen by all; what a person has arranged is nobody else's."""
    return event.owner if event.type == "preference" else None


class Feed:
    """What one browser is sent, in order, as fast as it takes it."""

    #: Messages that may wait for a browser that is slow; then it has to fetch.
    _LONGEST_QUEUE = 2_000
    _MOST_LOGS = 20

    def __init__(self, product: Product, subscriber: Subscriber, user: str) -> None:
        self.user = user
        self._product = product
        self._subscriber = subscriber
        self._messages: deque[Message] = deque()
        self._wake = asyncio.Event()
        self._logs: dict[str, FollowedLog] = {}
        self._task = asyncio.create_task(self._send())

    def put(self, message: Message) -> None:
        if len(self._messages) >= self._LONGEST_QUEUE:
            self._messages.clear()
            message = {"type": "gap"}
        self._messages.append(message)
        self._wake.set()

    def follow(self, run: str, attempt: int | None, offset: int) -> None:
        self.unfollow(run)
        if len(self._logs) >= self._MOST_LOGS:
            self.unfollow(next(iter(self._logs)))
        self._logs[run] = FollowedLog(self._product, run, attempt, offset, self._subscriber)

    def unfollow(self, run: str) -> None:
        if followed := self._logs.pop(run, None):
            followed.close()

    def log_grew(self, run: str) -> None:
        if followed := self._logs.get(run):
            followed.grew()

    def close(self) -> None:
        self._task.cancel()
        for run in tuple(self._logs):
            self.unfollow(run)

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._messages:
                await self._subscriber.send(self._messages.popleft())


class FollowedLog:
    """The log of one run on its way to one browser: read on when it grew, and only when the last piece was taken."""

    def __init__(
        self, product: Product, run: str, attempt: int | None, offset: int, subscriber: Subscriber
    ) -> None:
        self._product = product
        self._run = run
        self._attempt = attempt
        self._offset = offset
        self._subscriber = subscriber
        self._failed = False
        self._grew = asyncio.Event()
        self._task = asyncio.create_task(self._follow())

    def grew(self) -> None:
        self._grew.set()

    def close(self) -> None:
        self._task.cancel()

    async def _follow(self) -> None:
        try:
            while not await self._is_at_end():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._grew.wait(), _LOOK)
                self._grew.clear()
        except NotFound as error:
            log.info("the log of %s cannot be followed: %s", self._run, error.message)

    async def _is_at_end(self) -> bool:
        """A look that fails, as when a database is away for a moment, is made again."""
        try:
            return await self._send_what_is_new()
        except NotFound:
            raise
        except Exception:
            if not self._failed:
                log.warning(
                    "following the log of %s failed; it is tried each second", self._run, exc_info=True
                )
            self._failed = True
            return False

    async def _send_what_is_new(self) -> bool:
        """True when the attempt ended and all of its log was sent."""
        loop = asyncio.get_running_loop()
        while True:
            message = await loop.run_in_executor(None, self._piece)
            if message is None:
                return False
            await self._subscriber.send(message)
            self._offset = message["next"]
            if message["end"]:
                return True

    def _piece(self) -> dict[str, Any] | None:
        run = self._product.runs.get(self._run)
        if self._attempt is None:
            # The attempt that is under way; a run that waits has none yet.
            self._attempt = run.attempt or None
        if self._attempt is None:
            return _end(run.id, 0, 0) if run.status.is_final else None
        ended = run.status.is_final or run.attempt > self._attempt
        view = self._product.log_of(run, self._attempt)
        if self._offset < 0:
            self._offset = self._first_line_at(view.size(ended=ended) + self._offset, view)
        data = view.read(self._offset, _LOG_PIECE, ended=ended)
        at_end = ended and self._offset + len(data) >= view.size()
        if not data and not at_end:
            return None
        return {
            "type": "log",
            "run": run.id,
            "attempt": self._attempt,
            "offset": self._offset,
            "next": self._offset + len(data),
            "text": data.decode("utf-8", "replace"),
            "end": at_end,
        }

    def _first_line_at(self, offset: int, view: Any) -> int:
        if offset <= 0:
            return 0
        newline = view.read(offset, _LOG_PIECE, ended=True).find(b"\n")
        return offset + newline + 1 if newline >= 0 else offset


def _end(run: str, attempt: int, offset: int) -> dict[str, Any]:
    return {
        "type": "log",
        "run": run,
        "attempt": attempt,
        "offset": offset,
        "next": offset,
        "text": "",
        "end": True,
    }
