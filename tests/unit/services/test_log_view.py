from __future__ import annotations

import pytest

from jupyter_toolrunner.services.product import whole_characters

TEXT = "aé—😀z"


@pytest.mark.parametrize("cut", range(1, len(TEXT.encode()) + 1))
def test_a_piece_never_ends_inside_of_a_character(cut: int) -> None:
    piece = whole_characters(TEXT.encode()[:cut])
    assert TEXT.startswith(piece.decode())
    assert cut - len(piece) < 4


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff\xfe", b"abc\x80\x80\x80\x80\x80"])
def test_bytes_that_are_no_text_are_handed_on(data: bytes) -> None:
    assert whole_characters(data) == data


@pytest.mark.parametrize("data", [b"\xd0", b"\xe2\x80", b"\xf0\x9f\x98"])
def test_the_beginning_of_a_character_waits_for_its_end(data: bytes) -> None:
    assert whole_characters(data) == b""
    assert whole_characters(b"abc" + data) == b"abc"
