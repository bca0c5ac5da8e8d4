"""Dagster in one process, with an instance that keeps what happened: a job of ops, each given what the one before gave."""

from __future__ import annotations

from dagster import DagsterInstance, job, op
from speaking import LENGTH, NUMBER, fib, serve


@op
def first() -> int:
    return fib(NUMBER)


@op
def add(before: int) -> int:
    return before + fib(NUMBER)


@job
def links() -> None:
    value = first()
    for number in range(1, LENGTH):
        value = add.alias(f"add_{number}")(value)


def one_chain() -> int:
    result = links.execute_in_process(instance=DagsterInstance.get())
    return int(result.output_for_node(f"add_{LENGTH - 1}"))


if __name__ == "__main__":
    serve(one_chain)
