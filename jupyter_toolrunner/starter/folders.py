"""Folders that tools look through, and the files in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..authoring import progress
from .naming import file_stem

EXAMPLES = Path(__file__).parent / "examples" / "notes"
_TOLD = 50


class FolderError(ValueError):
    """The folder cannot be used."""


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    #: Relative to the folder, with ``/``.
    name: str
    size: int
    #: Seconds since 1970.
    modified: float

    @property
    def ending(self) -> str:
        return self.path.suffix.lower()


class Folder:
    """A folder, looked through with all folders in it; nothing in it is ever changed.

    What is hidden and what is excluded by name is left out. Links to folders are not followed, so that no circle is
    walked; a link to a file counts as the file.
    """

    def __init__(self, path: Path | None, exclude: Iterable[str] = ()) -> None:
        """Without a path it is an example that comes with the tools. Raises FolderError."""
        if path is None:
            path = EXAMPLES
            print("No folder was given: taking the example notes")
        self.path = path.expanduser()
        self._exclude = frozenset(name.strip().strip("/") for name in exclude)
        #: Names with the reason why they were left out.
        self.left_out: list[tuple[str, str]] = []
        self._check()

    @property
    def title(self) -> str:
        """What the folder is called, fit to begin a file's name with."""
        return file_stem(self.path.resolve().name or "folder")

    def files(self, endings: Sequence[str] = ()) -> list[File]:
        """The files with one of these endings, or all, by name. Raises FolderError where there is none."""
        progress(0, 10, f"Looking through {self.path.name}")
        found = sorted(self._walk(frozenset(endings)), key=lambda file: file.name)
        if not found:
            kinds = f" that ends in {', '.join(endings)}" if endings else ""
            raise FolderError(f"There is no file{kinds} in {self.path}")
        print(f"{len(found)} files in {self.path}")
        return found

    def leave_out(self, name: str, reason: object) -> None:
        """Note that a file could not be used; the log tells the first ones."""
        self.left_out.append((name, str(reason)))
        if len(self.left_out) <= _TOLD:
            print(f"Left out {name}: {reason}")
        elif len(self.left_out) == _TOLD + 1:
            print("… and more; the result has their number")

    def _check(self) -> None:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            raise FolderError(
                f"There is no folder {str(self.path)!r}: choose one, or none for the example notes"
            ) from None
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise FolderError(f"{self.path} cannot be looked into: {reason}") from None
        if not stat.S_ISDIR(status.st_mode):
            raise FolderError(f"{self.path} is a file, not a folder: choose the folder that it is in")
        try:
            os.scandir(self.path).close()
        except OSError as error:
            raise FolderError(f"{self.path} cannot be looked into: {error.strerror}") from None

    def _walk(self, endings: frozenset[str]) -> Iterator[File]:
        def closed(error: OSError) -> None:
            name = Path(error.filename).relative_to(self.path).as_posix() if error.filename else "a folder"
            self.leave_out(f"{name}/", error.strerror)

        for place, folders, names in os.walk(self.path, onerror=closed):
            folders[:] = [name for name in folders if self._is_wanted(name)]
            for name in names:
                path = Path(place, name)
                if self._is_wanted(name) and (not endings or path.suffix.lower() in endings):
                    file = self._file(path)
                    if file is not None:
                        yield file

    def _is_wanted(self, name: str) -> bool:
        return not name.startswith(".") and name not in self._exclude

    def _file(self, path: Path) -> File | None:
        name = path.relative_to(self.path).as_posix()
        try:
            status = path.stat()
        except OSError as error:
            self.leave_out(
                name, f"a link that leads nowhere ({error.strerror})" if path.is_symlink() else error.strerror
            )
            return None
        # A pipe or a device would be waited for without end.
        if not stat.S_ISREG(status.st_mode):
            if not path.is_dir():
                self.leave_out(name, "not a file")
            return None
        return File(path, name, status.st_size, status.st_mtime)
