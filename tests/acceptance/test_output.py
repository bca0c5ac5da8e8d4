"""Output of any size and kind: kept byte by byte, seen at once, held by nobody.

Long: ``pytest -m soak -s tests/acceptance/test_output.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from serving import Server
from speaking import MB, MILLION_LINES, Spoken, speak, speaking

#: What a process may grow by, whatever a tool writes.
GROWTH = 50 * MB


@pytest.fixture(scope="module")
def speaking_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with speaking(tmp_path_factory.mktemp("output")) as server:
        yield server


def _check(spoken: Spoken) -> None:
    print(spoken)
    assert spoken.kept == spoken.expected
    assert all(grown <= GROWTH for grown in spoken.grown.values()), spoken


@pytest.mark.parametrize(
    ("kind", "size"), [("binary on one line", 60 * MB), ("NULs, escapes and returns", 10 * MB)]
)
def test_output_is_kept_as_it_is_and_held_by_nobody(speaking_server: Server, kind: str, size: int) -> None:
    _check(speak(speaking_server, kind, size))


def test_what_a_tool_says_first_is_read_while_it_goes_on(speaking_server: Server) -> None:
    spoken = speak(speaking_server, "lines", 20 * MB)
    assert spoken.delay < spoken.seconds / 2


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("lines", MILLION_LINES),
        ("binary on one line", 1000 * MB),
        ("NULs, escapes and returns", 1000 * MB),
    ],
)
def test_a_gigabyte_is_kept_up_to_the_limit_and_held_by_nobody(
    speaking_server: Server, kind: str, size: int
) -> None:
    spoken = speak(speaking_server, kind, size)
    _check(spoken)
    assert spoken.delay < 0.3
