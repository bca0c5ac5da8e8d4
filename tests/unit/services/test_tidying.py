from __future__ import annotations

import threading

from jupyter_toolrunner.services.tidying import Tidier


def test_it_is_looked_at_once_and_a_last_time() -> None:
    looks = threading.Semaphore(0)
    tidier = Tidier(looks.release)
    tidier.start()
    assert looks.acquire(timeout=5)
    tidier.close()
    assert looks.acquire(timeout=5)
    assert not tidier.is_alive()


def test_what_goes_wrong_is_tried_again() -> None:
    tries = []

    def fail() -> None:
        tries.append(1)
        raise OSError

    tidier = Tidier(fail)
    tidier.start()
    tidier.close()
    assert len(tries) == 2
