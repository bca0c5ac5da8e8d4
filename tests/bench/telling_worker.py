"""A worker as the product starts it, which also tells the benchmark that a run has ended: ``with`` or ``without`` history
and events.

What it tells goes the same way and costs the same in both; an event could not be waited for where there is none.
"""

from __future__ import annotations

import os
import sys

from redis import Redis

from jupyter_toolrunner import worker
from jupyter_toolrunner.core.ports import EventStream
from jupyter_toolrunner.core.runs import Run
from jupyter_toolrunner.core.settings import Settings
from jupyter_toolrunner.queue.events import RedisEventStream
from jupyter_toolrunner.services import work
from jupyter_toolrunner.services.events import announce

#: The list that the benchmark waits on.
ENDED = "bench:ended"


def main(which: str) -> int:
    redis = Redis.from_url(Settings.from_environ().effective_redis_url)

    def told(events: EventStream, run: Run) -> None:
        if which == "with":
            announce(events, run)
        if run.status.is_final:
            redis.rpush(ENDED, run.id)

    work.announce = told  # type: ignore[attr-defined]
    if which == "without":
        RedisEventStream.publish_log = lambda *_: None  # type: ignore[method-assign]
    return worker.main(["--parent", str(os.getppid())])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
