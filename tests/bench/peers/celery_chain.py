"""Celery as its documentation has it: a chain, of which each link is given what the one before gave."""

from __future__ import annotations

import os

from celery import Celery, chain
from speaking import LENGTH, NUMBER, fib, serve

app = Celery("celery_chain", broker=os.environ["BENCH_REDIS"], backend=os.environ["BENCH_REDIS"])
app.conf.update(broker_connection_retry_on_startup=True)


@app.task(name="add")
def add(before: int, number: int) -> int:
    return before + fib(number)


def one_chain() -> int:
    links = [add.s(0, NUMBER), *(add.s(NUMBER) for _ in range(LENGTH - 1))]
    return int(chain(links).apply_async().get(timeout=60))


if __name__ == "__main__":
    serve(one_chain)
