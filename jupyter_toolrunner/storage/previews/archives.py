"""What an archive holds, without unpacking it."""

from __future__ import annotations

import datetime
import itertools
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...core.errors import InvalidRequest

MOST_ENTRIES = 10_000
#: Entries that are counted.
MOST_COUNTED = 2_000_000
#: A packed file that would grow this much is said to.
SUSPICIOUS_RATIO = 200

Progress = Callable[[float], None]


def make(source: Path, place: Path, options: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    entries = _zip(source) if zipfile.is_zipfile(source) else _tar(source)
    listed: list[dict[str, Any]] = []
    total = unpacked = 0
    is_whole = True
    for entry in entries:
        total += 1
        unpacked += entry["size"]
        if len(listed) < MOST_ENTRIES:
            listed.append(entry)
        if total >= MOST_COUNTED:
            is_whole = False
            break
    packed = source.stat().st_size
    return {
        "entries": listed,
        "total": total,
        "whole": is_whole,
        "unpacked": unpacked,
        "outside": any(entry["outside"] for entry in listed),
        "suspicious": unpacked > 100 * 2**20 and unpacked > SUSPICIOUS_RATIO * max(1, packed),
    }


def _entry(
    name: str, size: int, packed: int | None, modified: str | None, kind: str, note: str
) -> dict[str, Any]:
    parts = name.replace("\\", "/").split("/")
    is_outside = name.startswith(("/", "\\")) or ".." in parts or name[1:2] == ":"
    return {
        "name": name[:2000],
        "size": max(0, size),
        "packed": packed,
        "modified": modified,
        "kind": kind,
        "note": note[:500],
        "outside": is_outside,
    }


def _zip(source: Path) -> Iterator[dict[str, Any]]:
    try:
        with zipfile.ZipFile(source) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise InvalidRequest(f"The archive cannot be read: {str(error)[:200]}", hint="Download it.") from None
    for info in infos:
        mode = info.external_attr >> 16
        kind = "folder" if info.is_dir() else "link" if stat.S_ISLNK(mode) else "file"
        note = "encrypted" if info.flag_bits & 1 else ""
        yield _entry(info.filename, info.file_size, info.compress_size, _zip_time(info), kind, note)


def _zip_time(info: zipfile.ZipInfo) -> str | None:
    try:
        return datetime.datetime(*info.date_time).isoformat()  # noqa: DTZ001 - zip knows no zone
    except ValueError:
        return None


def _tar(source: Path) -> Iterator[dict[str, Any]]:
    kinds = {tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "link", tarfile.LNKTYPE: "link"}
    try:
        with tarfile.open(source, "r|*", errors="surrogateescape") as archive:
            for member in itertools.islice(archive, MOST_COUNTED + 1):
                kind = kinds.get(member.type, "file" if member.isfile() else "device")
                # A member is kept by the reader otherwise, and a million of them are much.
                archive.members.clear()  # type: ignore[attr-defined]
                name = member.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                target = member.linkname.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                yield _entry(name, member.size, None, _tar_time(member.mtime), kind, target)
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise InvalidRequest(f"The archive cannot be read: {str(error)[:200]}", hint="Download it.") from None


def _tar_time(seconds: float) -> str | None:
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None
