"""A connection to Redis for the few commands that every run needs.

redis-py takes longer to prepare a command and to file its answer than Redis takes to obey it, and it waits for each answer.
Here a command goes out as it is, and an answer that nobody needs is read when it has come and another command is sent.
Connecting, signing in and reading stay redis-py's.
"""

from __future__ import annotations

import threading
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

Part = str | bytes | int | float


class Line:
    """Commands go out in the order in which they are given, whatever thread gives them."""

    def __init__(self, redis: Redis) -> None:
        self._pool = redis.connection_pool
        self._lock = threading.Lock()
        self._connection: Any = None
        #: Answers that have not been read.
        self._due = 0

    def tell(self, *command: Part) -> None:
        """Send a command whose answer nobody waits for. Raises RedisError, OSError where the line is cut."""
        with self._lock:
            self._send(command)

    def ask(self, *command: Part) -> Any:
        """Send a command and wait for its answer, as it is on the wire. Raises RedisError, OSError."""
        with self._lock:
            self._send(command)
            try:
                while self._due > 1:
                    self._hear()
                self._due = 0
                return self._connection.read_response()
            except ResponseError:
                raise
            except BaseException:
                self._cut()
                raise

    def _send(self, command: tuple[Part, ...]) -> None:
        if self._connection is None:
            self._connection = self._pool.get_connection()
        try:
            self._catch_up()
        except Exception:  # noqa: BLE001 - whatever was wrong with it, a new one is tried
            self._cut()
        try:
            self._connection.send_packed_command([packed(*command)], check_health=False)
            self._due += 1
        except BaseException:
            self._cut()
            raise

    def _catch_up(self) -> None:
        """Read what is due and has come; what else there is to read is the end of the connection."""
        while self._connection.can_read(0):
            if not self._due:
                self._cut()
                return
            self._hear()

    def _hear(self) -> None:
        self._due -= 1
        try:
            self._connection.read_response()
        except ResponseError:
            # Refused: nobody waits to hear why.
            return

    def _cut(self) -> None:
        self._due = 0
        self._connection.disconnect()


def ask_once(redis: Redis, *command: Part) -> Any:
    """As `Line.ask`, on whichever connection is free: for answers that are long in coming."""
    connection: Any = redis.connection_pool.get_connection()
    try:
        connection.send_packed_command([packed(*command)], check_health=False)
        return connection.read_response()
    finally:
        redis.connection_pool.release(connection)


def packed(*parts: Part) -> bytes:
    """A command as it goes over the wire."""
    texts = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    return b"*%d\r\n" % len(texts) + b"".join(b"$%d\r\n%b\r\n" % (len(text), text) for text in texts)
