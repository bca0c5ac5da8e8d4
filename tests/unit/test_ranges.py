"""Parts of files, as HTTP names them."""

from __future__ import annotations

import pytest

from jupyter_toolrunner.api.ranges import RangeNotSatisfiable, byte_range


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, (0, 100)),
        ("bytes=0-9", (0, 10)),
        ("bytes=90-", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        ("bytes=50-1000", (50, 100)),
        ("BYTES=0-0", (0, 1)),
        ("bytes=0-1,5-6", (0, 100)),
        ("bytes=-", (0, 100)),
        ("bytes=9-1", (0, 100)),
        ("lines=1-2", (0, 100)),
        ("bytes=x-y", (0, 100)),
    ],
)
def test_a_range_names_a_part(header: str | None, part: tuple[int, int]) -> None:
    assert byte_range(header, 100) == part


@pytest.mark.parametrize(("header", "size"), [("bytes=100-", 100), ("bytes=0-0", 0), ("bytes=-0", 100)])
def test_a_part_beyond_the_end_is_refused(header: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiable):
        byte_range(header, size)
