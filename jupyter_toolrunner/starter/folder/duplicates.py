"""Files that are the same, and texts that are nearly so."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...authoring import progress
from .. import reports
from ..extras import library
from ..folders import File, Folder
from ..pages import ENDINGS, read_page
from ..texts import NotText, reason
from ..words import words_of

_BLOCK = 2**20
_HEAD = 64 * 1024
#: Hash functions of a text's sketch: the similarity is guessed to about 1/√n, and then reckoned exactly.
_PERMUTATIONS = 128
#: Words in a row that are compared.
_SHINGLE = 4
#: Texts of fewer words are too short to be nearly the same by chance alone.
_LEAST_WORDS = 30
_MOST_PAIRS = 100_000


@dataclass(frozen=True, slots=True)
class Same:
    """Files with the same content."""

    files: tuple[File, ...]
    digest: str

    @property
    def wasted(self) -> int:
        """Bytes that all but one of them take; names of one and the same file take none."""
        inodes = {(os.stat(file.path).st_dev, os.stat(file.path).st_ino) for file in self.files}
        return self.files[0].size * (len(inodes) - 1)


@dataclass(frozen=True, slots=True)
class Near:
    one: str
    other: str
    #: Part of the runs of words that both have, of those that either has.
    similarity: float


def find(
    folder: Path | None,
    *,
    near: bool,
    similarity: float,
    smallest: int,
    exclude: Sequence[str],
    endings: Sequence[str],
) -> dict[str, Any]:
    """Write a report and tables of what is found into the current folder."""
    sketching = library("datasketch") if near else None
    given = Folder(folder, exclude)
    wanted = [each if each.startswith(".") else f".{each}" for each in map(str.strip, endings) if each]
    files = given.files([each.lower() for each in wanted])
    same = list(_same(given, [file for file in files if file.size >= max(1, smallest)]))
    alike = list(_near(given, files, same, similarity, sketching)) if near else []
    alike.sort(key=lambda pair: (-pair.similarity, pair.one, pair.other))
    wasted = sum(group.wasted for group in same)
    made = [_write_report(given, same, alike, wasted, near=near), _write_same(same)]
    if near:
        made.append(_write_near(alike))
    print(f"{', '.join(made)}: {len(same)} groups of equal files, {len(alike)} pairs of similar texts")
    progress(10, 10, f"{len(same)} groups, {len(alike)} pairs")
    return {
        "report": made[0],
        "tables": made[1:],
        "files": len(files),
        "groups": len(same),
        "duplicates": sum(len(group.files) - 1 for group in same),
        "wasted_bytes": wasted,
        "similar": len(alike),
        "left_out": len(given.left_out),
    }


def _same(folder: Folder, files: Sequence[File]) -> Iterator[Same]:
    """By size first, then by the beginning, then by all of the content: most files are never read as a whole."""
    candidates = [group for group in _grouped(files, lambda file: file.size) if len(group) > 1]
    total = sum(len(group) for group in candidates) or 1
    done = 0
    for group in candidates:
        for part in _grouped(group, lambda file: _digest(folder, file, _HEAD)):
            if len(part) > 1 and part[0].size > _HEAD:
                parts = _grouped(part, lambda file: _digest(folder, file, None))
            else:
                parts = [part]
            for same in parts:
                digest = _digest(folder, same[0], None) if len(same) > 1 else None
                if digest is not None:
                    yield Same(tuple(same), digest)
        done += len(group)
        progress(0.5 + 4.5 * done / total, 10, group[0].name)


def _grouped(files: Iterable[File], key: Any) -> list[list[File]]:
    """What has no key is left out."""
    groups: dict[Any, list[File]] = {}
    for file in files:
        found = key(file)
        if found is not None:
            groups.setdefault(found, []).append(file)
    return list(groups.values())


def _digest(folder: Folder, file: File, most: int | None) -> str | None:
    digest = hashlib.sha256()
    try:
        with file.path.open("rb") as stream:
            if most is not None:
                digest.update(stream.read(most))
            else:
                while block := stream.read(_BLOCK):
                    digest.update(block)
    except OSError as error:
        folder.leave_out(file.name, reason(error))
        return None
    return digest.hexdigest()


def _near(
    folder: Folder, files: Sequence[File], same: Sequence[Same], similarity: float, sketching: Any
) -> Iterator[Near]:
    """Pairs of texts that are similar, each reckoned exactly; of equal files one stands for all."""
    again = {file.name for group in same for file in group.files[1:]}
    texts = [file for file in files if file.ending in ENDINGS and file.name not in again]
    finder = sketching.MinHashLSH(threshold=max(0.1, similarity - 0.1), num_perm=_PERMUTATIONS)
    known: dict[str, File] = {}
    pairs = 0
    for number, file in enumerate(texts):
        progress(5 + 4.5 * number / len(texts), 10, file.name)
        shingles = _shingles(folder, file)
        if not shingles:
            continue
        sketch = sketching.MinHash(num_perm=_PERMUTATIONS, seed=1)
        sketch.update_batch([each.encode("utf-8", "backslashreplace") for each in shingles])
        for name in sorted(finder.query(sketch)):
            others = _shingles(folder, known[name])
            exact = len(shingles & others) / len(shingles | others)
            if exact >= similarity:
                pairs += 1
                yield Near(name, file.name, exact)
        if pairs > _MOST_PAIRS:
            print(
                f"More than {_MOST_PAIRS} pairs are similar: the rest is not looked for. Raise 'similarity'"
            )
            return
        finder.insert(file.name, sketch)
        known[file.name] = file


def _shingles(folder: Folder, file: File) -> set[str]:
    """Every run of some words of a text; none for a text that is too short."""
    try:
        page = read_page(file)
    except (NotText, OSError, RecursionError) as error:
        folder.leave_out(file.name, reason(error))
        return set()
    words = [word.casefold() for word in words_of(page.text)]
    if len(words) < _LEAST_WORDS:
        return set()
    return {" ".join(words[place : place + _SHINGLE]) for place in range(len(words) - _SHINGLE + 1)}


def _write_report(
    folder: Folder, same: Sequence[Same], alike: Sequence[Near], wasted: int, *, near: bool
) -> str:
    report = reports.Report(f"Duplicates in {folder.title}")
    points = [
        f"{reports.number(len(same), 'group')} of files with the same content; all but one of each take {wasted:,} bytes"
    ]
    if near:
        points.append(f"{reports.number(len(alike), 'pair')} of texts that are nearly the same")
    if folder.left_out:
        points.append(f"{reports.number(len(folder.left_out), 'file')} could not be read: the log says why")
    report.points(points)
    if same:
        report.heading("The same content")
        report.table(
            ["Files", "Bytes each", "Content"],
            [
                [_names(group), f"{group.files[0].size:,}", reports.code(group.digest[:12])]
                for group in sorted(same, key=lambda group: -group.wasted)
            ],
        )
    if alike:
        report.heading("Nearly the same text")
        report.table(
            ["Similarity", "One", "Other"],
            [
                [f"{100 * pair.similarity:.0f} %", reports.code(pair.one), reports.code(pair.other)]
                for pair in alike
            ],
        )
    if not same and not alike:
        report.text("Nothing comes twice.")
    return report.save(f"{folder.title}.duplicates.md")


def _names(group: Same) -> str:
    shown = [reports.code(file.name) for file in group.files[:20]]
    return "<br>".join([*shown, *([f"and {len(group.files) - 20} more"] if len(group.files) > 20 else [])])


def _write_same(same: Sequence[Same]) -> str:
    with Path("same.csv").open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["group", "file", "bytes", "sha256"])
        for number, group in enumerate(same, 1):
            writer.writerows([number, each.name, each.size, group.digest] for each in group.files)
    return "same.csv"


def _write_near(alike: Sequence[Near]) -> str:
    with Path("similar.csv").open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["similarity", "one", "other"])
        writer.writerows([round(pair.similarity, 4), pair.one, pair.other] for pair in alike)
    return "similar.csv"
