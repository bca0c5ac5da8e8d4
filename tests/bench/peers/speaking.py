"""How a peer is asked: for each line that it is sent it does its work once, and answers with the seconds that it took."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

#: So many, each of which adds its number to what the one before gave.
LENGTH, NUMBER, RESULT = 40, 10, 40 * 55


def fib(n: int) -> int:
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def serve(chain: Callable[[], int]) -> None:
    """``chain`` gives what the last one gave."""
    # What the peer prints goes where its log goes.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for _ in sys.stdin:
        begun = time.perf_counter()
        result = chain()
        taken = time.perf_counter() - begun
        assert result == RESULT, result
        print(taken, file=answers)
