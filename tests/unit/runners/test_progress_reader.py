"""Progress is recognised in what tools print."""

from __future__ import annotations

import subprocess
import sys

import pytest

from jupyter_toolrunner.core.runs import Progress
from jupyter_toolrunner.runners.progress_reader import PatternReader, ProgressReader, progress_of

SHOWN = {
    " 45%|████▌     | 45/100 [00:01<00:01, 30.12it/s]": Progress(done=45, total=100),
    "Reading: 100%|##########| 1.50k/1.50k [00:00<00:00]": Progress(done=1500, total=1500, text="Reading"),
    "Чтение:  10%|█         | 3/30 [00:01<00:09,  3.00файл/s, loss=0.5]": Progress(
        done=3, total=30, text="Чтение"
    ),
    "17it [00:00, 160.12it/s]": Progress(done=17),
    "Epoch 3/10": Progress(done=3, total=10, text="Epoch"),
    "epoch: 3 of 10 loss=1.2": Progress(done=3, total=10, text="epoch"),
    "Шаг 2 из 5": Progress(done=2, total=5, text="Шаг"),
    "[12/50] building a.c": Progress(done=12, total=50, text="building a.c"),
    "(1/3)": Progress(done=1, total=3),
}
NOT_SHOWN = [
    "",
    "accuracy: 95%",
    "95%",
    "2026/11/22 started",
    "tests: 3/10 passed with 4/2",
    "[50/12] more than all",
    "Epoch 3/0",
    "a/b/c",
    "http://x/1/2",
]


@pytest.mark.parametrize("line", SHOWN)
def test_a_line_that_shows_progress_is_recognised(line: str) -> None:
    assert progress_of(line) == SHOWN[line]


@pytest.mark.parametrize("line", NOT_SHOWN)
def test_other_lines_are_not_taken_for_progress(line: str) -> None:
    assert progress_of(line) is None


def test_a_percentage_counts_where_the_line_is_rewritten() -> None:
    reader = ProgressReader()
    assert reader.feed(b"done 10%\n") is None
    assert reader.feed(b"\rdone 20%") == Progress(done=20, total=100, text="done")


def test_progress_comes_together_from_pieces() -> None:
    reader = ProgressReader()
    found = [reader.feed(part) for part in (b"Epo", b"ch 3", b"/10", b"\n")]
    assert found[-1] == Progress(done=3, total=10, text="Epoch")


def test_colours_and_broken_characters_do_not_disturb() -> None:
    reader = ProgressReader()
    assert reader.feed(b"\x1b[32m 50%|\xe2\x96\x88\xff | 1/2 [00:00]\x1b[0m\r") == Progress(done=1, total=2)


def test_megabytes_without_an_end_of_line_cost_nothing() -> None:
    reader = ProgressReader()
    for _ in range(100):
        assert reader.feed(b"1/2 %" * 13_000) is None
    assert len(reader._rest) <= 1000


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+(?P<done>\d)",
        r"(a|a)*(?P<done>\d)",
        r"(?:a?){50}a{190}(?P<done>\d)",
        r".*.*.*.*.*.*.*.*!(?P<done>\d)",
        r"(?:(?:.{0,9}){0,9}){0,9}(?P<done>\d)",
    ],
)
def test_no_pattern_of_a_tool_can_keep_the_worker(pattern: str) -> None:
    # Elsewhere, since what keeps a process for ever would keep the test too.
    code = (
        "import sys; from jupyter_toolrunner.runners.progress_reader import PatternReader\n"
        "reader = PatternReader(sys.argv[1])\n"
        "assert reader.feed(b'a' * 1000 + b'\\n' + b'a' * 70 + b'\\n') is None\n"
    )
    subprocess.run([sys.executable, "-c", code, pattern], check=True, timeout=20)


def test_a_pattern_of_a_tool_finds_its_groups() -> None:
    reader = PatternReader(r"шаг (?P<done>\d+)(?: из (?P<total>\d+))?: (?P<text>.*)")
    assert reader.feed("шаг 2 из 5: чтение\n".encode()) == Progress(done=2, total=5, text="чтение")
    assert reader.feed("шаг 3: чтение\n".encode()) == Progress(done=3, text="чтение")


def test_a_pattern_that_is_not_taken_any_more_finds_nothing() -> None:
    assert PatternReader(r"(?P<done>\d)(?=x)").feed(b"1x\n") is None
