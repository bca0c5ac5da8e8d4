"""Speaks to one of the others from inside of its own environment: ``python client.py rq|celery``, a JSON object a line.

``{"submit": [key, once, seconds]}`` is answered with the job's name, ``{"states": [names]}`` with a state for each: whether
it ended well, ended badly, goes on, or is not there.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Protocol


class Client(Protocol):
    def submit(self, key: str, once: bool, seconds: float) -> str: ...

    def states(self, names: list[str]) -> dict[str, str | None]: ...


class RqClient:
    """RQ; a job that may be repeated is, fifty times."""

    def __init__(self) -> None:
        from redis import Redis
        from rq import Queue, Retry
        from rq.job import Job

        self._redis = Redis.from_url(os.environ["CHAOS_REDIS"])
        self._queue = Queue(connection=self._redis)
        self._job: Any = Job
        self._retry: Any = Retry

    def submit(self, key: str, once: bool, seconds: float) -> str:
        if not self._job.exists(key, connection=self._redis):
            self._queue.enqueue(
                "tasks.run",
                key,
                seconds,
                job_id=key,
                retry=None if once else self._retry(max=50),
                result_ttl=-1,
                failure_ttl=86_400,
            )
        return key

    def states(self, names: list[str]) -> dict[str, str | None]:
        words = {"finished": "succeeded", "failed": "failed", "stopped": "failed", "canceled": "failed"}
        jobs = self._job.fetch_many(names, connection=self._redis)
        found = {
            name: job and str(job.get_status(refresh=False).value)
            for name, job in zip(names, jobs, strict=True)
        }
        return {name: state and words.get(state, state) for name, state in found.items()}


class CeleryClient:
    """Celery; what it knows of a task is its result."""

    def __init__(self) -> None:
        import celery_tasks

        self._tasks: Any = celery_tasks

    def submit(self, key: str, once: bool, seconds: float) -> str:
        task = self._tasks.once if once else self._tasks.again
        return str(task.apply_async((key, seconds), task_id=key, retry=False).id)

    def states(self, names: list[str]) -> dict[str, str | None]:
        words = {"SUCCESS": "succeeded", "FAILURE": "failed", "REVOKED": "failed"}
        # A task that is not known is pending, as one that waits is.
        found = {name: self._tasks.app.AsyncResult(name).state for name in names}
        return {name: words.get(state, state.lower()) for name, state in found.items()}


def main() -> None:
    client: Client = {"rq": RqClient, "celery": CeleryClient}[sys.argv[1]]()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer: Any = (
                client.submit(*asked["submit"]) if "submit" in asked else client.states(asked["states"])
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, it is asked again
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
