"""Events and live logs on Redis streams."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError

from ..core import quick_json
from ..core.crashpoints import crashpoint
from ..core.errors import NotAvailable
from ..core.events import Event, EventType
from ..core.ids import RunId
from .line import Line, Part, ask_once
from .redis import EVENTS, LOG_HINTS, log_of

#: Events that a browser can be away for before it has to fetch everything.
_EVENTS_KEPT = 10_000
_HINTS_KEPT = 1_000
#: Pieces of a live log that stay in Redis; older ones are read from the log store.
_LOG_PIECES_KEPT = 200
_LOG_SECONDS_KEPT = 900
#: Seconds without another try after Redis could not be reached.
_REST = 1.0
_TYPES: Mapping[bytes, EventType] = {
    b"tools": "tools",
    b"preference": "preference",
    b"presets": "presets",
    b"schedule": "schedule",
    b"queue": "queue",
    b"cleaning": "cleaning",
}


class RedisEventStream:
    """`core.ports.EventStream`: one stream for events, one for hints at logs, one for each live log."""

    def __init__(self, redis: Redis, line: Line) -> None:
        # redis-py types an answer as the union of all that it could ever be.
        self._redis: Any = redis
        self._line = line
        self._rests_until = 0.0

    # -- publishing ---------------------------------------------------------------------------------------------

    def publish(self, event: Event) -> None:
        if self._rests():
            return
        try:
            with crashpoint("events.publish"):
                self._line.tell("XADD", EVENTS, "MAXLEN", "~", _EVENTS_KEPT, "*", *_fields(event))
        except (RedisError, OSError):
            self._rest()

    def publish_log(self, run: RunId, attempt: int, offset: int, data: bytes) -> None:
        if self._rests():
            return
        key, end = log_of(run, attempt), offset + len(data)
        hint: dict[Any, Any] = {"run": run, "attempt": attempt, "end": end}
        try:
            with crashpoint("events.publish_log"), self._redis.pipeline(transaction=False) as pipeline:
                # The id of a piece is the byte at which it ends: reading on from an offset is reading on from an id.
                _add(pipeline, key, {"data": data}, key=f"{end}-0", kept=_LOG_PIECES_KEPT)
                pipeline.expire(key, _LOG_SECONDS_KEPT)
                _add(pipeline, LOG_HINTS, hint, key="*", kept=_HINTS_KEPT)
                pipeline.execute()
        except (RedisError, OSError):
            self._rest()

    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _rest(self) -> None:
        self._rests_until = time.monotonic() + _REST

    # -- reading ------------------------------------------------------------------------------------------------

    def last(self) -> str:
        return _join(self._last(EVENTS), self._last(LOG_HINTS))

    def answers(self) -> bool:
        """Whether Redis is there now."""
        try:
            return bool(self._redis.ping())
        except (RedisError, OSError):
            return False

    def recent(self, count: int) -> Sequence[Event]:
        try:
            entries = self._redis.xrevrange(EVENTS, count=count)
        except (RedisError, OSError) as error:
            raise NotAvailable(f"Redis does not answer: {error}") from None
        return [_event(key.decode(), fields) for key, fields in reversed(entries)]

    def read(self, after: str, timeout: float) -> Sequence[Event]:
        events, hints = _split(after)
        # The connection's own patience is a second.
        block = max(1, int(min(timeout, 0.5) * 1000))
        try:
            answer = ask_once(
                *(self._redis, "XREAD", "COUNT", 500, "BLOCK", block),
                *("STREAMS", EVENTS, LOG_HINTS, events, hints),
            )
        except (RedisError, OSError) as error:
            raise NotAvailable(f"Redis does not answer: {error}") from None
        found = []
        # A map since RESP3, pairs before.
        for stream, entries in answer.items() if isinstance(answer, dict) else answer or ():
            for key, flat in entries:
                fields = dict(zip(flat[::2], flat[1::2], strict=True))
                if stream.decode() == EVENTS:
                    events = key.decode()
                    found.append(_event(_join(events, hints), fields))
                else:
                    hints = key.decode()
                    found.append(_hint(_join(events, hints), fields))
        return found

    def read_log(self, run: RunId, attempt: int, offset: int) -> bytes:
        try:
            pieces = self._redis.xrange(log_of(run, attempt), min=f"({offset}-0", count=50)
        except (RedisError, OSError):
            return b""
        text = b""
        for key, fields in pieces:
            end, data = int(key.split(b"-")[0]), fields[b"data"]
            start = end - len(data)
            if start > offset + len(text):
                break
            text += data[offset + len(text) - start :]
        return text

    def log_end(self, run: RunId, attempt: int) -> int:
        return int(self._last(log_of(run, attempt)).partition("-")[0])

    def _last(self, stream: str) -> str:
        try:
            found = ask_once(self._redis, "XREVRANGE", stream, "+", "-", "COUNT", 1)
        except (RedisError, OSError):
            return "0-0"
        return found[0][0].decode() if found else "0-0"


def _add(pipeline: Pipeline, stream: str, fields: Mapping[Any, Any], *, key: str, kept: int) -> None:
    pipeline.xadd(stream, dict(fields), id=key, maxlen=kept, approximate=True)


def _join(events: str, hints: str) -> str:
    """One position for both streams."""
    return f"{events}/{hints}"


def _split(position: str) -> tuple[str, str]:
    events, _, hints = position.partition("/")
    return events or "0-0", hints or "0-0"


def _fields(event: Event) -> Sequence[Part]:
    fields = ("type", event.type, "data", quick_json.dumps(event.data))
    return fields if event.owner is None else (*fields, "owner", event.owner)


def _event(position: str, fields: Mapping[bytes, bytes]) -> Event:
    owner = fields.get(b"owner")
    return Event(
        id=position,
        type=_TYPES.get(fields[b"type"], "run"),
        owner=owner.decode() if owner is not None else None,
        data=quick_json.loads(fields[b"data"]),
    )


def _hint(position: str, fields: Mapping[bytes, bytes]) -> Event:
    data = {"run": fields[b"run"].decode(), "attempt": int(fields[b"attempt"]), "end": int(fields[b"end"])}
    return Event(id=position, type="log", owner=None, data=data)
