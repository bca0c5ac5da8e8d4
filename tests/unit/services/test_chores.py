from __future__ import annotations

import queue

from jupyter_toolrunner.services.chores import Chore


def test_it_is_done_again_whatever_became_of_the_time_before() -> None:
    times: queue.Queue[int] = queue.Queue()

    def do() -> None:
        times.put(1)
        raise OSError("the disk is away")

    chore = Chore("chore", do, first=0.0, every=0.01)
    chore.start()
    try:
        for _ in range(3):
            times.get(timeout=10)
    finally:
        chore.close()
    chore.join(timeout=10)
    assert not chore.is_alive()
