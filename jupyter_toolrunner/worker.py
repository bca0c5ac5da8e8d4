"""The worker's process, ``python -m jupyter_toolrunner.worker``: claims runs and has them run, with nothing of Jupyter."""

from __future__ import annotations

import argparse
import contextlib
import gc
import logging
import os
import platform
import signal
import socket
import sys
import threading
from datetime import UTC, datetime
from types import FrameType

from ._version import __version__
from .core.folders import private_folder, remove_tree
from .core.ids import WorkerId
from .core.parents import die_with
from .core.queue import Limits
from .core.runs import Reason
from .core.settings import Settings
from .core.workers import TOLD_TO_END, Order, Worker
from .db.engine import open_engine
from .db.followers import SqlFollowerStore
from .db.offers import SqlOfferStore
from .db.runs import SqlRunStore
from .db.schema import upgrade
from .db.tools import SqlToolStore
from .db.workers import SqlWorkerStore
from .queue.bell import ControlBell
from .queue.crew import ToldMarks
from .queue.doorbell import RedisDoorbell
from .queue.events import RedisEventStream
from .queue.line import Line
from .queue.liveness import WorkerLocks, new_worker_id
from .queue.redis import open_redis
from .queue.worker import RingWorker
from .runners.memory import memory_below
from .runners.process_runner import ProcessRunner
from .runners.reflink import copy_file
from .runners.surroundings import Surroundings
from .services.followers import Followers
from .services.heartbeat import Heartbeat
from .services.lease import LeaseKeeper
from .services.offers import ToolsHere
from .services.results import Results
from .services.reuse import ReuseKeys
from .services.sweep import Sweeper
from .services.tidying import Tidier
from .services.versions import Versions
from .services.work import WorkService
from .storage.contents import FileContents
from .storage.measures import measure
from .storage.opening import open_storage


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m jupyter_toolrunner.worker", description=__doc__)
    parser.add_argument("--parent", type=int, help="process whose end ends this one")
    parser.add_argument("--name", help="what people call it")
    options = parser.parse_args(arguments)
    if options.parent is not None:
        die_with(options.parent)
    logging.basicConfig(
        level=os.environ.get("TOOLRUNNER_LOG_LEVEL", "INFO"),
        format="%(asctime)s %(levelname)s %(name)s [%(process)d] %(message)s",
    )
    told = serve(Settings.from_environ(), new_worker_id(options.name))
    return TOLD_TO_END if told else 0


def serve(settings: Settings, worker: WorkerId) -> bool:
    """Work until SIGTERM (the attempt under way is finished) or SIGINT (it ends as lost).

    True where somebody told this worker to end, by the database: then it is not to be started again.
    """
    engine = open_engine(settings.effective_database_url)
    upgrade(engine)
    private_folder(settings.services_dir)
    locks = WorkerLocks(settings.services_dir / "workers")
    lock = locks.hold(worker)
    place = settings.place if settings.shares_database else None
    limits = Limits(total=settings.total_running, user=settings.user_running)
    runs, tools = SqlRunStore(engine, place, limits), SqlToolStore(engine)
    redis = open_redis(settings.effective_redis_url)
    patient = open_redis(settings.effective_redis_url, timeout=10.0)
    line = Line(redis)
    doorbell, events = RedisDoorbell(redis, line), RedisEventStream(redis, line)
    keeper = LeaseKeeper(runs, settings.lease_seconds, ControlBell(patient, worker).wait)
    ring = doorbell.ring_everybody if settings.shares_database else doorbell.ring
    followers = Followers(SqlFollowerStore(engine), events, ring)
    sweeper = Sweeper(
        runs=runs,
        tools=tools,
        doorbell=doorbell,
        events=events,
        followers=followers,
        is_alive=locks.is_alive,
        many_places=settings.shares_database,
    )
    runner = ProcessRunner(
        max_bytes=settings.output_limit, environments=settings.environments_dir, held=(lock,)
    )
    scratch = settings.scratch_dir / worker
    # An earlier worker had the same number and name.
    remove_tree(scratch)
    storage = open_storage(settings, spool=scratch / "logs")

    def tidy() -> None:
        _remove_scratch_of_the_dead(settings, locks)
        storage.artifacts.clean()

    tidier = Tidier(tidy)
    work = WorkService(
        worker=worker,
        tools=tools,
        versions=Versions(tools, storage.artifacts),
        runs=runs,
        artifacts=storage.artifacts,
        logs=storage.logs,
        events=events,
        followers=followers,
        runner=runner,
        keeper=keeper,
        scratch=scratch,
        lease_seconds=settings.lease_seconds,
        log_limit=settings.log_limit,
        limits=settings.limit_rules,
        measure=measure,
        copy=copy_file,
        reuse_keys=ReuseKeys(
            contents=FileContents(),
            surroundings=Surroundings(settings.environments_dir).digest,
            artifact=lambda artifact: runs.artifact(artifact)[0],
            check_result=Results(runs, storage.artifacts).check,
        ),
        here=ToolsHere(SqlOfferStore(engine), place).find if place else None,
    )

    def pass_on() -> None:
        """Others may be able to run what waits."""
        if place and (waits := runs.next_queued()):
            doorbell.ring_everybody(waits[0])

    listener = RingWorker(
        open_redis(settings.effective_redis_url, timeout=None), worker, work.work_one, pass_on
    )
    marks = ToldMarks(settings)
    # Of an earlier process with this number.
    marks.remove(os.getpid())

    def obey(order: Order) -> None:
        with contextlib.suppress(OSError):
            marks.make(os.getpid())
        _signal(order)

    heartbeat = Heartbeat(
        SqlWorkerStore(engine),
        Worker(
            id=worker,
            host=socket.gethostname(),
            place=settings.place,
            version=__version__,
            python=platform.python_version(),
            started_at=datetime.now(UTC),
        ),
        memory=lambda: memory_below(os.getpid()),
        obey=obey,
        drains=lambda: listener.is_stopping,
        end=lambda: os._exit(TOLD_TO_END),
    )
    keeper.start()
    sweeper.start()
    tidier.start()
    # What is loaded by now stays: a collection need not look through it again and again.
    gc.collect()
    gc.freeze()
    try:
        _stop_on_sigint(keeper, listener)
        # Before anything can be told: a signal without a handler would end the process at once.
        listener.install_signal_handlers()
        heartbeat.start()
        listener.serve()
    finally:
        keeper.close()
        sweeper.close()
        runner.close()
        work.close()
        tidier.close()
        remove_tree(scratch)
        heartbeat.close()
    return heartbeat.told is not None


def _signal(order: Order) -> None:
    """As the signal that says the same; it has to come to the thread that waits for a ring."""
    number = signal.SIGINT if order is Order.STOP else signal.SIGTERM
    signal.pthread_kill(threading.main_thread().ident or 0, number)


def _stop_on_sigint(keeper: LeaseKeeper, listener: RingWorker) -> None:
    """SIGINT also ends the attempt under way; SIGTERM lets it finish."""

    def stop(number: int, frame: FrameType | None) -> None:
        # The keeper's lock may be held by the very frame that this signal interrupts.
        threading.Thread(target=keeper.stop_all, args=(Reason.LOST_WORKER,), daemon=True).start()
        listener.on_signal(number, frame)

    listener.on_interrupt = stop


def _remove_scratch_of_the_dead(settings: Settings, locks: WorkerLocks) -> None:
    for worker in locks.forget_dead():
        remove_tree(settings.scratch_dir / worker)
    # Moved here by whoever was killed while it removed them.
    for folder in settings.scratch_dir.glob("removed-*"):
        remove_tree(folder)


if __name__ == "__main__":
    sys.exit(main())
