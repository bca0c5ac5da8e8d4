"""Makes what previews need, each thing once, in processes with limits, and keeps it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ...core.errors import InvalidRequest, NotAvailable, ToolrunnerError

#: Raised when what is made changes: what older versions made is made anew.
_EDITION = 1
#: Bytes that all that is kept may have; what was not used for longest goes first.
_KEPT = 8 * 2**30
#: Seconds that an unforeseen failure is remembered before it is tried again.
_GRACE = 30.0
_AT_ONCE = 2
META = "meta.json"
_LONGEST_COMPLAINT = 2_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One thing to be made: ``kind`` names the module's function in `child`."""

    kind: str
    source: Path
    digest: str
    options: Mapping[str, Any] = field(default_factory=dict)
    #: Seconds after which the process is ended.
    seconds: float = 60.0

    @property
    def key(self) -> str:
        text = json.dumps([_EDITION, self.kind, self.digest, self.options], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:40]


@dataclass(slots=True)
class _Work:
    future: Future[None]
    done: float = 0.0
    ended: float | None = None


class Workshop:
    """Folders by the key of their order; one is whole when it has its ``meta.json``."""

    def __init__(self, folder: Path, *, kept: int = _KEPT) -> None:
        self._folder = folder
        self._kept = kept
        self._works: dict[str, _Work] = {}
        self._children: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._closed = False

    def place(self, order: Order) -> Path:
        """Where what is made appears, piece by piece."""
        return self._folder / order.key

    def made(self, order: Order) -> Mapping[str, Any] | None:
        """What is known of the finished thing; None where it is still to be made. Raises what its making ran into."""
        place = self.place(order)
        try:
            text = (place / META).read_text("utf-8")
        except OSError:
            return None
        with contextlib.suppress(OSError):
            os.utime(place)
        return _read_meta(text)

    def begin(self, order: Order, patience: float = 0.0) -> Mapping[str, Any] | None:
        """`made`, or start making it and wait that long at most."""
        meta = self.made(order)
        if meta is not None:
            return meta
        work = self._work(order)
        try:
            work.future.result(timeout=max(0.0, patience))
        except NotYet:
            return None
        return self.made(order)

    def progress(self, order: Order) -> float:
        """The share that is done, from 0 to 1."""
        with self._lock:
            work = self._works.get(order.key)
        return work.done if work else 0.0

    def close(self) -> None:
        with self._lock:
            self._closed = True
            children = list(self._children)
        for child in children:
            child.kill()
        if self._pool:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _work(self, order: Order) -> _Work:
        with self._lock:
            work = self._works.get(order.key)
            is_stale = (
                work is not None and work.ended is not None and time.monotonic() - work.ended > _GRACE
            ) or (
                work is not None
                and work.ended is not None
                and work.future.exception() is None
                # It was made, and is gone again.
                and not (self.place(order) / META).exists()
            )
            if work is None or is_stale:
                if self._closed:
                    raise NotAvailable("The server is stopping.")
                self._pool = self._pool or ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="previews")
                work = _Work(Future())
                self._works[order.key] = work
                self._pool.submit(self._make, order, work)
            return work

    def _make(self, order: Order, work: _Work) -> None:
        try:
            self._run(order, work)
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            work.ended = time.monotonic()
            work.future.set_exception(error)
        else:
            work.ended = time.monotonic()
            work.future.set_result(None)
            with contextlib.suppress(OSError):
                self._forget_oldest(order.key)

    def _run(self, order: Order, work: _Work) -> None:
        with tempfile.TemporaryFile() as complaints:
            self._run_child(order, work, complaints)

    def _run_child(self, order: Order, work: _Work, complaints: IO[bytes]) -> None:
        place = self.place(order)
        place.mkdir(parents=True, exist_ok=True)
        # Not -I: the packages may lie where the user or PYTHONPATH has them, and the child looks where the server does.
        command = [sys.executable, "-P", "-m", "jupyter_toolrunner.storage.previews.child"]
        given = [order.kind, str(order.source.absolute()), str(place), json.dumps(order.options)]
        with self._lock:
            if self._closed:
                raise NotAvailable("The server is stopping.")
            child = subprocess.Popen(
                [*command, *given, str(order.seconds)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                cwd="/",
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                    "LANG": "C.UTF-8",
                    "HOME": str(place),
                },
                start_new_session=True,
            )
            self._children.add(child)
        timer = threading.Timer(order.seconds, child.kill)
        timer.start()
        try:
            assert child.stdout is not None
            with child.stdout as lines:
                is_whole = self._listen(lines, work)
            status = child.wait()
        finally:
            took_too_long = not timer.is_alive()
            timer.cancel()
            child.kill()
            child.wait()
            with self._lock:
                self._children.discard(child)
        if is_whole and status == 0 and (place / META).exists():
            return
        if self._closed:
            raise NotAvailable("The server is stopping.")
        log.warning("a preview (%s) was not made, status %s: %s", order.kind, status, _last_line(complaints))
        raise _gave_up(order, took_too_long)

    @staticmethod
    def _listen(lines: IO[bytes], work: _Work) -> bool:
        """Whether the process said that all is done."""
        for line in lines:
            if line.startswith(b"done"):
                return True
            with contextlib.suppress(ValueError):
                work.done = min(1.0, max(0.0, float(line)))
        return False

    def _forget_oldest(self, but: str) -> None:
        places = [
            (place.stat().st_mtime, sum(each.stat().st_size for each in place.iterdir()), place)
            for place in self._folder.iterdir()
            if place.is_dir()
        ]
        total = sum(size for _, size, _ in places)
        with self._lock:
            busy = {key for key, work in self._works.items() if work.ended is None}
        for _, size, place in sorted(places):
            if total <= self._kept:
                return
            if place.name != but and place.name not in busy:
                shutil.rmtree(place, ignore_errors=True)
                total -= size


def write_meta(place: Path, meta: Mapping[str, Any]) -> None:
    """What was made is whole."""
    _write(place, {"meta": dict(meta)})


def write_problem(place: Path, error: ToolrunnerError) -> None:
    """The file is what it is: asking again would give the same answer."""
    _write(place, {"problem": {"message": error.message, "hint": error.hint}})


def _write(place: Path, content: Mapping[str, Any]) -> None:
    incoming = place / f"{META}.incoming"
    incoming.write_text(json.dumps(content), "utf-8")
    os.replace(incoming, place / META)


def _read_meta(text: str) -> Mapping[str, Any]:
    content = json.loads(text)
    if problem := content.get("problem"):
        raise InvalidRequest(problem["message"], hint=problem["hint"])
    return dict(content["meta"])


def _last_line(complaints: IO[bytes]) -> str:
    """Of what the process wrote to standard error."""
    end = complaints.seek(0, os.SEEK_END)
    complaints.seek(max(0, end - _LONGEST_COMPLAINT))
    lines = complaints.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _gave_up(order: Order, took_too_long: bool) -> ToolrunnerError:
    if took_too_long:
        return InvalidRequest(
            f"The file could not be read within {order.seconds:.0f} seconds.",
            hint="Download it to look at it.",
        )
    return InvalidRequest(
        "The file could not be read: it needs more memory or time than a preview may take, or it is damaged.",
        hint="Download it to look at it.",
    )
