"""``worker`` and ``db upgrade``."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..core.errors import NotAvailable
from ..core.workers import TOLD_TO_END
from .errors import DONE
from .session import settings_of_environment

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from ..core.settings import Settings
    from .terminal import Terminal

#: A worker that lived this long starts again at once.
_HEALTHY_AFTER = 10.0
_LONGEST_BACKOFF = 10.0
_PAUSE_OF_OFFERING = 5.0
#: Seconds to take back what was offered.
_GRACE = 5.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: What each request to end tells the workers: finish what runs, give it up, end now.
_INSISTENCE = (signal.SIGTERM, signal.SIGINT, signal.SIGKILL)


def worker(options: argparse.Namespace, terminal: Terminal) -> int:
    """Work until a signal, or until all of its workers were told to end.

    The first signal lets the runs under way finish, the second gives them up.
    """
    from ..queue.embedded import EmbeddedServices
    from ..runners.linux import adopt_orphans
    from ..storage.opening import open_storage

    settings = settings_of_environment()
    count = options.count or settings.worker_count
    bring_up_to_date(settings)
    # What is missing for its store is said here, once, and not by each worker again and again.
    open_storage(settings)
    adopt_orphans()
    # Where no Redis is named, the embedded one is started unless somebody else runs it; the workers are ours anyway.
    embedded = EmbeddedServices(replace(settings, workers=0)) if settings.embeds_redis else None
    pool = Pool(settings, count)
    terminal.note(f"{count} workers on {shown_url(settings.effective_database_url)}. Ctrl-C ends them.")
    asked = 0
    with _requests_to_end() as requests:
        try:
            while not (pool.is_empty and (asked or not pool.count)):
                if embedded:
                    embedded.ensure()
                pool.keep_up(start=not asked)
                if _next_request(requests, 0.1 if asked else 1.0):
                    if asked < len(_INSISTENCE):
                        terminal.note(_ENDING[asked])
                        pool.tell(_INSISTENCE[asked])
                    asked += 1
        finally:
            pool.close()
            if embedded:
                embedded.close()
    return DONE


_ENDING = (
    "Finishing what runs; once more gives it up.",
    "Giving up what runs; once more ends at once.",
    "Ending at once.",
)


@dataclass
class Pool:
    """Worker processes that are started again when they die, but for those that were told to end."""

    settings: Settings
    count: int
    #: Says which tools the workers can run, where workers of other machines may claim the same runs.
    offering: subprocess.Popen[bytes] | None = None
    #: Each with the time of its start.
    processes: list[tuple[subprocess.Popen[bytes], float]] = field(default_factory=list)
    backoff: float = 0.0
    not_before: float = 0.0
    offer_at: float = 0.0

    @property
    def is_empty(self) -> bool:
        return not self.processes

    def keep_up(self, *, start: bool) -> None:
        """Forget the dead and what they left, and start what is missing."""
        now = time.monotonic()
        alive = [(process, since) for process, since in self.processes if process.poll() is None]
        for process, since in (each for each in self.processes if each not in alive):
            if process.returncode == TOLD_TO_END:
                self.count -= 1
                continue
            self.backoff = (
                0.0 if now - since > _HEALTHY_AFTER else min(_LONGEST_BACKOFF, self.backoff * 2 or 0.5)
            )
            self.not_before = now + self.backoff
        self.processes = alive
        self._kill_strays()
        if (
            start
            and self.settings.shares_database
            and (self.offering is None or self.offering.poll() is not None)
            and now >= self.offer_at
        ):
            # One that cannot reach the database ends at once.
            self.offer_at = now + _PAUSE_OF_OFFERING
            self.offering = self._started("jupyter_toolrunner.offering")
        while start and len(self.processes) < self.count and time.monotonic() >= self.not_before:
            self.processes.append((self._started("jupyter_toolrunner.worker"), time.monotonic()))

    def close(self) -> None:
        """End what is left at once."""
        self.tell(signal.SIGKILL)
        if self.offering is not None:
            self.offering.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.offering.wait(_GRACE)
            self.offering.kill()

    def tell(self, number: signal.Signals) -> None:
        for process, _ in self.processes:
            process.send_signal(number)

    def _started(self, module: str) -> subprocess.Popen[bytes]:
        # In a session of its own, so that the terminal's Ctrl-C comes here alone.
        return subprocess.Popen(
            [sys.executable, "-P", "-m", module, "--parent", str(os.getpid())],
            stdin=subprocess.DEVNULL,
            env={
                **os.environ,
                **self.settings.to_environ(),
                "TOOLRUNNER_TOOLBOXES": os.pathsep.join(self.settings.toolboxes),
            },
            start_new_session=True,
        )

    def _kill_strays(self) -> None:
        """What a worker that died left behind came to us, and belongs to no run any more."""
        known = {process.pid for process, _ in self.processes}
        known |= {self.offering.pid} if self.offering is not None else set()
        for child in _children() - known - _embedded_supervisors():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, os.WNOHANG)


def _children() -> set[int]:
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return {int(each) for each in file.read().split()}
    except OSError:
        return set()


def _embedded_supervisors() -> set[int]:
    """Our child that is no worker: the one with the supervisor's command."""
    found = set()
    for child in _children():
        with contextlib.suppress(OSError), open(f"/proc/{child}/cmdline", "rb") as file:
            if b"jupyter_toolrunner.queue.supervisor" in file.read():
                found.add(child)
    return found


@contextlib.contextmanager
def _requests_to_end() -> Iterator[queue.SimpleQueue[int]]:
    """Signals that ask for the end, one after the other."""
    arrivals: queue.SimpleQueue[int] = queue.SimpleQueue()
    before = {number: signal.signal(number, lambda got, _frame: arrivals.put(got)) for number in _SIGNALS}
    try:
        yield arrivals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _next_request(requests: queue.SimpleQueue[int], seconds: float) -> bool:
    try:
        requests.get(timeout=seconds)
    except queue.Empty:
        return False
    return True


def db_upgrade(options: argparse.Namespace, terminal: Terminal) -> int:
    from ..db.schema import HEAD

    settings = settings_of_environment()
    changed = bring_up_to_date(settings)
    url = shown_url(settings.effective_database_url)
    if options.json:
        terminal.json({"database": url, "version": HEAD, "changed": changed})
    else:
        terminal.line(f"{url} {'was brought to' if changed else 'is at'} version {HEAD}")
    return DONE


def bring_up_to_date(settings: Settings) -> bool:
    """Create or upgrade the tables; True if something was done. Raises NotAvailable."""
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    from ..db.engine import open_engine
    from ..db.schema import upgrade

    url = settings.effective_database_url
    try:
        if not settings.database_url:
            settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = open_engine(url)
    except (ArgumentError, ImportError) as error:
        raise NotAvailable(f"TOOLRUNNER_DATABASE_URL cannot be used: {error}") from error
    except OSError as error:
        raise NotAvailable(
            f"{settings.data_dir} cannot be made: {error.strerror}", hint=_ELSEWHERE
        ) from error
    try:
        return upgrade(engine)
    except (SQLAlchemyError, OSError) as error:
        reason = getattr(error, "orig", None) or error
        raise NotAvailable(
            f"{shown_url(url)} cannot be used: {reason}", hint="jupyter toolrunner doctor"
        ) from error
    finally:
        engine.dispose()


_ELSEWHERE = "Set TOOLRUNNER_DATA_DIR to a folder that you may write to"


def shown_url(url: str) -> str:
    """Without its password."""
    from sqlalchemy.engine import make_url

    return make_url(url).render_as_string(hide_password=True)
