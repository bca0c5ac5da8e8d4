"""What an attempt tells of itself, past everything that may lose it: lines appended to one file. Standard library alone."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator

FOLDER = "CHAOS_HISTORY"


def tell(what: str, key: str, **more: object) -> None:
    """One write, so that lines of many processes do not mix."""
    line = {
        "what": what,
        "key": key,
        "run": os.environ.get("TOOLRUNNER_RUN", ""),
        "attempt": int(os.environ.get("TOOLRUNNER_ATTEMPT", "0")),
        "process": os.getpid(),
        "at": time.monotonic(),
        **more,
    }
    file = os.open(os.path.join(os.environ[FOLDER], "history"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(file, json.dumps(line).encode() + b"\n")
    finally:
        os.close(file)


@contextlib.contextmanager
def owning(key: str) -> Iterator[bool]:
    """Whether nobody else works on the same run now: the lock goes with the process, however that ends."""
    file = os.open(os.path.join(os.environ[FOLDER], "owners", key), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(file)


def work(key: str, seconds: float) -> dict[str, object]:
    """An attempt: it starts, works for a while, has its effect."""
    with owning(key) as alone:
        tell("start", key, alone=alone)
        print(f"attempt {os.environ.get('TOOLRUNNER_ATTEMPT', '?')} of {key} begins", flush=True)
        time.sleep(seconds)
        tell("effect", key)
        print(f"{key} is done", flush=True)
        return result_of(key)


def result_of(key: str) -> dict[str, object]:
    """What a run of this key leaves, whoever makes it."""
    return {"key": key, "digest": hashlib.sha256(key.encode()).hexdigest()}


def content_of(key: str) -> bytes:
    """A file that takes a while to be kept."""
    return b"".join(hashlib.sha256(f"{key} {number}".encode()).digest() for number in range(4_000))
