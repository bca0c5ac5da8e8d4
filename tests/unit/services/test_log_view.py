from __future__ import annotations

import pytest

from jupyter_toolrunner.services.product import whole_characters

TEXT = "aé—😀z"


@pytest.mark.parametrize("cut", range(1, len(TEXT.encode()) + 1))
def test_a_piece_never_ends_inside_of_a_character(cut: int) -> None:
    piece = whole_characters(TEXT.encode()[:cut])
    assert TEXT.startswith(piece.decode())
    assert cut - len(piece) < 4


@pytest.mark.parametrize(
    "data", [b"", b"\x80", b"\xff\xfe", b"\xe2", b"abc\x80\x80\x80\x80\x80", b"\xf0\x9f\x98"]
)
def test_bytes_that_are_no_text_are_handed_on_and_never_hold_up_the_rest(data: bytes) -> None:
    piece = whole_characters(data)
    assert data.startswith(piece)
    assert piece or not data
