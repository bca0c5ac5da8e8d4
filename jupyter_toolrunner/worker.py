"""The worker's process, ``python -m jupyter_toolrunner.worker``: claims runs and has them run, with nothing of Jupyter."""

from __future__ import annotations

import argparse
import ctypes
import gc
import logging
import os
import signal
import sys
import threading
from types import FrameType

from .core.folders import private_folder, remove_tree
from .core.ids import WorkerId
from .core.runs import Reason
from .core.settings import Settings
from .db.engine import open_engine
from .db.runs import SqlRunStore
from .db.schema import upgrade
from .db.tools import SqlToolStore
from .queue.bell import ControlBell
from .queue.doorbell import RedisDoorbell
from .queue.events import RedisEventStream
from .queue.line import Line
from .queue.liveness import WorkerLocks, new_worker_id
from .queue.redis import open_redis
from .queue.worker import RingWorker
from .runners.process_runner import ProcessRunner
from .runners.reflink import copy_file
from .services.lease import LeaseKeeper
from .services.sweep import Sweeper
from .services.tidying import Tidier
from .services.versions import Versions
from .services.work import WorkService
from .storage.artifacts import FolderArtifactStore
from .storage.logs import FolderLogStore
from .storage.measures import measure

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m jupyter_toolrunner.worker", description=__doc__)
    parser.add_argument("--parent", type=int, help="process whose end ends this one")
    parser.add_argument("--name", help="what people call it")
    options = parser.parse_args(arguments)
    if options.parent is not None:
        _die_with(options.parent)
    logging.basicConfig(
        level=os.environ.get("TOOLRUNNER_LOG_LEVEL", "INFO"),
        format="%(asctime)s %(levelname)s %(name)s [%(process)d] %(message)s",
    )
    serve(Settings.from_environ(), new_worker_id(options.name))
    return 0


def serve(settings: Settings, worker: WorkerId) -> None:
    """Work until SIGTERM (the attempt under way is finished) or SIGINT (it ends as lost)."""
    engine = open_engine(settings.effective_database_url)
    upgrade(engine)
    private_folder(settings.services_dir)
    locks = WorkerLocks(settings.services_dir / "workers")
    lock = locks.hold(worker)
    runs, tools = SqlRunStore(engine), SqlToolStore(engine)
    redis = open_redis(settings.effective_redis_url)
    patient = open_redis(settings.effective_redis_url, timeout=10.0)
    line = Line(redis)
    doorbell, events = RedisDoorbell(redis, line), RedisEventStream(redis, line)
    keeper = LeaseKeeper(runs, settings.lease_seconds, ControlBell(patient, worker).wait)
    sweeper = Sweeper(runs=runs, tools=tools, doorbell=doorbell, events=events, is_alive=locks.is_alive)
    runner = ProcessRunner(
        max_bytes=settings.output_limit, environments=settings.environments_dir, held=(lock,)
    )
    scratch = settings.scratch_dir / worker
    # An earlier worker had the same number and name.
    remove_tree(scratch)
    artifacts = FolderArtifactStore(settings.artifacts_dir)

    def tidy() -> None:
        _remove_scratch_of_the_dead(settings, locks)
        artifacts.clean()

    tidier = Tidier(tidy)
    work = WorkService(
        worker=worker,
        tools=tools,
        versions=Versions(tools, artifacts),
        runs=runs,
        artifacts=artifacts,
        logs=FolderLogStore(settings.artifacts_dir),
        events=events,
        runner=runner,
        keeper=keeper,
        scratch=scratch,
        lease_seconds=settings.lease_seconds,
        log_limit=settings.log_limit,
        measure=measure,
        copy=copy_file,
    )
    listener = RingWorker(open_redis(settings.effective_redis_url, timeout=None), worker, work.work_one)
    keeper.start()
    sweeper.start()
    tidier.start()
    # What is loaded by now stays: a collection need not look through it again and again.
    gc.collect()
    gc.freeze()
    try:
        _stop_on_sigint(keeper, listener)
        listener.serve()
    finally:
        keeper.close()
        sweeper.close()
        runner.close()
        work.close()
        tidier.close()
        remove_tree(scratch)


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


def _die_with(parent: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
