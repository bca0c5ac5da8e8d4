"""What stands on the terminal."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from jupyter_toolrunner.cli.terminal import (
    Terminal,
    printable,
    shown_duration,
    shown_log,
    shown_size,
    shown_time,
)
from jupyter_toolrunner.core.errors import InvalidParams, NotFound, Problem


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def notes() -> io.StringIO:
    return io.StringIO()


def bytes_of(text: str, encoding: str) -> bytes:
    buffer = io.BytesIO()
    with io.TextIOWrapper(buffer, encoding=encoding, errors="backslashreplace", write_through=True) as stream:
        Terminal(stream, io.StringIO()).json({"text": text})
        return buffer.getvalue()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Граф 😀 é", "Граф 😀 é"),
        ("one\ntwo\tthree", "one\ntwo\tthree"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("over\rwritten\x08", "over\\x0dwritten\\x08"),
        ("\u202eevil\u2066", "\\u202eevil\\u2066"),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_nothing_that_others_wrote_acts_on_the_terminal(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m\r\n\t", "\x1b[1;31mred\x1b[0m\r\n\t"),
        ("\x1b[2J\x1b]52;c;x\x07", "\\x1b[2J\\x1b]52;c;x\\x07"),
        ("\x1b[6n", "\\x1b[6n"),
    ],
)
def test_a_log_keeps_its_colors_and_nothing_else(text: str, shown: str) -> None:
    assert shown_log(text) == shown


def test_a_log_in_a_file_stays_as_it_is(output: io.StringIO, notes: io.StringIO) -> None:
    Terminal(output, notes).raw("\x1b[2J\x00")
    assert output.getvalue() == "\x1b[2J\x00"


def test_a_log_on_a_screen_is_made_harmless(notes: io.StringIO) -> None:
    screen = Screen()
    Terminal(screen, notes).raw("\x1b[2J\x00")
    assert screen.getvalue() == "\\x1b[2J\\x00"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "cp1251"])
@pytest.mark.parametrize("text", ["plain", "Граф é 😀", '\x1b\x00"\\', "\ud800"])
def test_json_is_json_in_every_encoding(text: str, encoding: str) -> None:
    assert json.loads(bytes_of(text, encoding).decode(encoding)) == {"text": text}


def test_columns_stand_below_each_other(output: io.StringIO, notes: io.StringIO) -> None:
    Terminal(output, notes).table([("a", "b"), ("日本", "c"), ("e\u0301\n2", "")])
    assert output.getvalue() == "a     b\n日本  c\ne\u0301 2\n"


def test_a_table_without_rows_is_nothing(output: io.StringIO, notes: io.StringIO) -> None:
    Terminal(output, notes).table([])
    assert output.getvalue() == ""


def test_an_error_says_what_happened_and_what_to_do(output: io.StringIO, notes: io.StringIO) -> None:
    Terminal(output, notes).error(NotFound("There is no tool 'x'", hint="There is 'y'"))
    assert notes.getvalue() == "Error: There is no tool 'x'\nHint: There is 'y'\n"
    assert output.getvalue() == ""


def test_an_error_is_json_in_the_last_line_where_asked_for(output: io.StringIO, notes: io.StringIO) -> None:
    error = InvalidParams([Problem("a", "is missing"), Problem("b.c", "is not a number")])
    Terminal(output, notes, as_json=True).error(error)
    lines = notes.getvalue().splitlines()
    assert lines[:3] == [
        "Error: 2 values are not valid, and nothing was run",
        "  a: is missing",
        "  b.c: is not a number",
    ]
    assert json.loads(lines[-1])["error"]["field"] == "a"


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (5 * 10**12, "5.0 TB"),
    ],
)
def test_sizes(size: int, shown: str) -> None:
    assert shown_size(size) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.04, "0.0 s"), (99, "99.0 s"), (125, "2 min 5 s"), (7260, "2 h 1 min"), (-1, "0.0 s")],
)
def test_durations(seconds: float, shown: str) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert shown_duration(start, start + timedelta(seconds=seconds)) == shown
    assert shown_duration(start, None) == shown_time(None) == ""
