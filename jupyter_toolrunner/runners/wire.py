"""Messages between the worker, a zygote and a run's own process: JSON with its length in front, descriptors beside it.

JSON is ASCII-escaped, so that every string of Python, lone surrogates and NUL included, arrives as it was. Standard
library alone: a run's own process imports this.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Sequence
from typing import Any

Message = dict[str, Any]

_LENGTH = 8
_CHUNK = 1 << 16


class Closed(Exception):
    """The other side is gone."""


def send(channel: socket.socket, message: Message, descriptors: Sequence[int] = ()) -> None:
    """Send one message on a stream socket. Raises OSError where the other side is gone."""
    body = json.dumps(message).encode("ascii")
    data = memoryview(len(body).to_bytes(_LENGTH, "big") + body)
    sent = socket.send_fds(channel, [data[:_CHUNK]], descriptors) if descriptors else 0
    if sent < len(data):
        channel.sendall(data[sent:])


def receive(channel: socket.socket, descriptors: int = 0) -> tuple[Message, list[int]]:
    """Block for one message. Raises Closed."""
    data, received = _first(channel, descriptors)
    while len(data) < _LENGTH:
        data += _more(channel, _LENGTH - len(data))
    missing = int.from_bytes(data[:_LENGTH], "big") - (len(data) - _LENGTH)
    parts = [data[_LENGTH:]]
    while missing > 0:
        part = _more(channel, min(missing, 1 << 20))
        parts.append(part)
        missing -= len(part)
    return json.loads(b"".join(parts)), received


def _first(channel: socket.socket, descriptors: int) -> tuple[bytes, list[int]]:
    if not descriptors:
        return _more(channel, _LENGTH), []
    data, received, _, _ = socket.recv_fds(channel, _CHUNK, descriptors, socket.MSG_CMSG_CLOEXEC)
    if not data:
        raise Closed
    return data, received


def _more(channel: socket.socket, size: int) -> bytes:
    data = channel.recv(size)
    if not data:
        raise Closed
    return data


class Mailbox:
    """Cuts what came in pieces into messages again."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        self._data += data
        while len(self._data) >= _LENGTH:
            end = _LENGTH + int.from_bytes(self._data[:_LENGTH], "big")
            if len(self._data) < end:
                return
            body = bytes(self._data[_LENGTH:end])
            del self._data[:end]
            yield json.loads(body)
