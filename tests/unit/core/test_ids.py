"""Ids tell in which order things were made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from jupyter_toolrunner.core.ids import new_artifact_id, new_run_id


def test_ids_of_one_process_are_in_the_order_in_which_they_were_made() -> None:
    made = [new_artifact_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    assert {len(one) for one in made} == {26}


def test_threads_never_make_the_same() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: new_run_id(), range(20_000)))
    assert len(set(made)) == len(made)
