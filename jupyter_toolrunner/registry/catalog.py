"""All tools of all toolboxes: read in the background, kept over restarts, always up to date."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.errors import Ambiguous, NotFound
from ..core.ids import ToolName
from ..core.interpreters import Interpreter
from ..core.toolboxes import Toolbox
from ..core.tools import Tool
from . import settings as toolbox_settings
from .building import Origin, pretty, tools_of
from .cache import Cache, Mark, Marks
from .executables import is_description
from .executables import read as read_description
from .interpreters import interpreter_of, of_settings
from .readers import Readers
from .requirement_files import Unusable
from .searching import Index
from .settings import Settings
from .sources import Found, Source, fingerprint, scan, settings_path, sources_of
from .watching import Watcher

Json = Any
_log = logging.getLogger(__name__)
OnChange = Callable[[Sequence[str]], None]
#: Seconds between two publications while much is being read.
_PUBLISH = 0.3
#: Seconds between two looks for toolboxes that are not there, and for what a watch missed.
_LOOK_AGAIN = 1.0
_SAVE = 3.0


class Catalog:
    """Implements ``core.ports.Catalog``. Thread-safe; nothing of a tool's code ever runs in this process."""

    def __init__(
        self,
        toolboxes: Sequence[str],
        cache: Path,
        on_change: OnChange | None = None,
        *,
        entry_points: bool = True,
        watch: bool = True,
        patience: float = 0.0,
        environments: Path | None = None,
    ) -> None:
        """``patience``: seconds to leave to whoever starts at the same time, unless a tool is asked for before.
        ``environments``: where those are that scripts name by their requirements.
        """
        self._environments = environments if environments is not None else cache.parent / "environments"
        self._given = tuple(toolboxes)
        #: What was added while it ran, in the order of the names.
        self._added: tuple[str, ...] = ()
        self._entry_points = entry_points
        self._on_change = on_change or (lambda names: None)
        self._cache = Cache(cache)
        self._readers = Readers(self._answered)
        self._watches = watch
        self._watcher = Watcher(self._wake)
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        # Everything below is guarded by the condition.
        self._sourced: tuple[str, ...] | None = None
        self._toolboxes: dict[str, _Toolbox] = {}
        self._asked: dict[tuple[str, str], Mark] = {}
        self._wanted = 0
        self._scanned = 0
        self._look = False
        self._watched: set[str] = set()
        #: The tool that somebody waits for, and the one whose files were asked for first already.
        self._urgent = self._hurried = ""
        self._dirty = False
        self._unsaved = False
        self._published = 0.0
        self._snapshot = _Snapshot((), Index(()))
        self._first = threading.Event()
        self._patience = patience
        self._needed = threading.Event()

    # -- life ---------------------------------------------------------------------------------------------------

    def start(self) -> Catalog:
        """Begin to read in the background; returns at once."""
        with self._condition:
            if self._thread is None:
                self._wanted += 1
                self._thread = threading.Thread(target=self._run, name="toolrunner-catalog", daemon=True)
                self._thread.start()
        return self

    def close(self) -> None:
        """End threads and processes; what was read is kept for the next start."""
        with self._condition:
            self._closed = True
            self._needed.set()
            self._condition.notify_all()
            thread = self._thread
        self._watcher.close()
        self._readers.close()
        if thread is not None:
            thread.join(timeout=10)

    def __enter__(self) -> Catalog:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def refresh(self, wait: bool = False, only: str | None = None, timeout: float = 60.0) -> bool:
        """Look at all toolboxes again; whether that is done.

        With ``wait`` it returns when all is read that changed; with ``only`` files that look like this tool are read
        first, and it returns as soon as the tool is there.
        """
        self.start()
        self._needed.set()
        deadline = time.monotonic() + timeout
        with self._condition:
            self._wanted += 1
            target = self._wanted
            self._urgent = only.rpartition(".")[2] if only else self._urgent
            self._condition.notify_all()
            while wait and not self._closed:
                settled = self._scanned >= target and not self._asked and not self._dirty
                if settled or (only and self._scanned >= target and self._is_there(only)):
                    return True
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._condition.wait(min(left, 0.5))
            return not wait

    def _is_there(self, name: str) -> bool:
        """Whether a tool is published and none of its file's changes is unread."""
        found = self._snapshot.candidates(name)
        waiting = {path for _, path in self._asked}
        return bool(found) and not self._dirty and not any(tool.entry.path in waiting for tool in found)

    # -- questions ----------------------------------------------------------------------------------------------

    @property
    def reading(self) -> bool:
        """Whether toolboxes are being read at the moment."""
        with self._condition:
            return self._thread is not None and (
                self._scanned < self._wanted or bool(self._asked) or self._dirty
            )

    def tools(self) -> Sequence[Tool]:
        """All tools, by toolbox and name."""
        return self._now().tools

    def find(self, name: str) -> Tool:
        """By full name, or by a short name that is unambiguous. Raises NotFound, Ambiguous."""
        found = self._now().candidates(name)
        if len(found) == 1:
            return found[0]
        if found:
            names = sorted(tool.name for tool in found)
            raise Ambiguous(f"More than one tool is called {name!r}", hint=f"Say which: {', '.join(names)}")
        hint = (
            "Toolboxes are still being read; try again in a moment." if self.reading else self._similar(name)
        )
        raise NotFound(f"There is no tool {name!r}", hint=hint)

    def search(self, query: str, category: str | None = None) -> Sequence[Tool]:
        """Ranked: the name itself, its beginning, words of the title, then the rest."""
        return self._now().index.search(query, category)

    def problems(self) -> list[str]:
        """What is wrong with toolboxes as a whole; what is wrong with one tool stands in the tool."""
        with self._condition:
            return [problem for toolbox in self._toolboxes.values() for problem in toolbox.problems()]

    def toolboxes(self) -> Sequence[Toolbox]:
        with self._condition:
            return [toolbox.described(self._added, self._asked) for toolbox in self._toolboxes.values()]

    def include(self, added: Sequence[str]) -> None:
        """Have these toolboxes beside those that were named at first, and no others; they are read in the background."""
        with self._condition:
            if tuple(added) == self._added:
                return
            self._added = tuple(added)
            self._wanted += 1
            if self._thread is not None:
                self._needed.set()
            self._condition.notify_all()

    @property
    def revision(self) -> str:
        return self._snapshot.revision

    def progress(self) -> tuple[int, int]:
        with self._condition:
            boxes = self._toolboxes.values()
            return sum(len(box.answers) for box in boxes), sum(len(box.found.items) for box in boxes)

    def folders(self) -> Sequence[Path]:
        """Those of the toolboxes that are folders or single files."""
        with self._condition:
            sources = [toolbox.source for toolbox in self._toolboxes.values()]
        return [source.folder for source in sources if source.folder is not None]

    def _now(self) -> _Snapshot:
        self._needed.set()
        if self._thread is not None and not self._first.is_set():
            self._first.wait(2)
        return self._snapshot

    def _similar(self, name: str) -> str | None:
        import difflib

        names: dict[str, str] = {tool.name: tool.name for tool in self._snapshot.tools}
        names |= {tool.short_name: tool.name for tool in self._snapshot.tools}
        close = difflib.get_close_matches(name, names, n=3, cutoff=0.6)
        return f"Did you mean {', '.join(dict.fromkeys(names[each] for each in close))}?" if close else None

    # -- the background thread ----------------------------------------------------------------------------------

    def _wake(self) -> None:
        with self._condition:
            self._look = True
            self._condition.notify_all()

    def _run(self) -> None:
        self._needed.wait(self._patience)
        self._cache.load()
        last_save = time.monotonic()
        while True:
            with self._condition:
                target, self._look = self._wanted, False
                closed = self._closed
            if closed:
                break
            try:
                self._find_sources()
                self._look_at_all()
            except Exception:
                # The next look may go well; without this thread nothing would ever change again.
                _log.exception("could not look at the toolboxes")
            with self._condition:
                self._scanned = max(self._scanned, target)
            self._publish()
            self._first.set()
            last_save = self._wait_for_work(last_save)
        self._save()

    def _wait_for_work(self, last_save: float) -> float:
        """Publish what comes in until toolboxes must be looked at again."""
        while True:
            with self._condition:
                if self._closed or self._look or self._scanned < self._wanted:
                    return last_save
                missing = any(toolbox.found.problem for toolbox in self._toolboxes.values())
                pause = (
                    _PUBLISH
                    if self._dirty
                    else _LOOK_AGAIN
                    if missing or self._asked or self._unsaved
                    else None
                )
                woken = self._condition.wait(pause)
                if self._closed or self._look or self._scanned < self._wanted:
                    return last_save
                due = self._dirty and (not self._asked or time.monotonic() - self._published > _PUBLISH)
                idle = not self._asked and not self._dirty
            if due:
                self._publish()
            if self._unsaved and (idle or time.monotonic() - last_save > _SAVE):
                self._save()
                last_save = time.monotonic()
            if missing and not woken:
                return last_save

    def _save(self) -> None:
        with self._condition:
            if not self._unsaved:
                return
            self._unsaved = False
            if not self._closed and not self._asked:
                self._cache.forget_others(
                    {key for toolbox in self._toolboxes.values() for key in toolbox.cache_keys()}
                )
            self._cache.save()

    # -- looking ------------------------------------------------------------------------------------------------

    def _find_sources(self) -> None:
        """Take up toolboxes that were added, and drop those that were removed with all that is asked of them."""
        with self._condition:
            given = (*self._given, *self._added)
        if given == self._sourced:
            return
        sources = sources_of(given, self._entry_points)
        with self._condition:
            known, self._sourced = self._toolboxes, given
            self._toolboxes = {
                source.key: old
                if (old := known.get(source.key)) and old.source == source
                else _Toolbox(source)
                for source in sources
            }
            self._asked = {place: mark for place, mark in self._asked.items() if place[0] in self._toolboxes}
            self._dirty = True

    def _look_at_all(self) -> None:
        marks = Marks()
        folders: set[str] = set()
        for toolbox in list(self._toolboxes.values()):
            self._look_at(toolbox, marks)
            folders |= toolbox.folders()
        self._hurried = self._urgent
        self._watched = folders
        if self._watches:
            files = {file for toolbox in self._toolboxes.values() for file in toolbox.programs()}
            self._watcher.watch((folder for folder in folders if Path(folder).is_dir()), files)

    def _look_at(self, toolbox: _Toolbox, marks: Marks) -> None:
        settings = toolbox.settings
        mark = fingerprint(toolbox.settings_path) if toolbox.settings_path else None
        if mark != toolbox.settings_mark or not toolbox.looked:
            settings = toolbox_settings.load(toolbox.settings_path) if toolbox.settings_path else Settings()
        try:
            found = scan(toolbox.source, settings.ignore)
        except (OSError, ValueError) as error:
            found = Found(problem=f"{toolbox.source.given}: {error}")
        with self._condition:
            if settings is not toolbox.settings:
                toolbox.settings, toolbox.settings_mark = settings, mark
                toolbox.built.clear()
                self._dirty = True
            for item in set(toolbox.answers) - set(found.items):
                del toolbox.answers[item]
                toolbox.built.pop(item, None)
                self._dirty = True
            self._dirty |= not toolbox.looked or toolbox.found.problem != found.problem
            toolbox.found, toolbox.looked = found, True
            for item, item_mark in found.items.items():
                self._take_or_ask(toolbox, item, item_mark, marks)

    def _take_or_ask(self, toolbox: _Toolbox, item: str, mark: Mark, marks: Marks) -> None:
        toolbox.note_python(item)
        answer = self._cache.answer(toolbox.key_of(item), mark, marks)
        place = (toolbox.source.key, item)
        if answer is None and is_description(item):
            answer = self._described(toolbox, item, mark)
        wanted: Interpreter | None = None
        if answer is None and not toolbox.source.module:
            try:
                wanted = toolbox.interpreter(item)
            except Unusable as unusable:
                answer = _same_or(toolbox.answers.get(item), unusable.as_answer())
                self._asked.pop(place, None)
        if answer is None:
            if place not in self._asked or self._asked[place] != mark:
                self._asked[place] = mark
                urgency = 0 if self._is_urgent(toolbox, item) else 1
                self._readers.ask(self._request(toolbox, item, mark, wanted), urgency)
            elif self._urgent and self._hurried != self._urgent and self._is_urgent(toolbox, item):
                self._readers.ask(self._request(toolbox, item, mark, wanted), 0)
        elif toolbox.answers.get(item) is not answer:
            toolbox.answers[item] = answer
            toolbox.built.pop(item, None)
            self._dirty = True

    def _described(self, toolbox: _Toolbox, item: str, mark: Mark) -> Mapping[str, Json]:
        """A description is read at once; one with a fault again at each look, since the fault may lie outside of it."""
        read = read_description(Path(item), toolbox.source.folder or Path(item).parent)
        if "failure" in read:
            return _same_or(toolbox.answers.get(item), read)
        self._unsaved = True
        return self._cache.keep(toolbox.key_of(item), mark, read)

    def _is_urgent(self, toolbox: _Toolbox, item: str) -> bool:
        """Whether the tool that somebody waits for is likely to be in it; a module holds many at once."""
        if toolbox.source.module:
            return True
        if not self._urgent or Path(item).stem == self._urgent:
            return bool(self._urgent)
        try:
            return f"def {self._urgent}(".encode() in Path(item).read_bytes()
        except OSError:
            return False

    def _request(
        self, toolbox: _Toolbox, item: str, mark: Mark, wanted: Interpreter | None
    ) -> dict[str, Json]:
        place: dict[str, Json] = {
            "box": toolbox.source.key,
            "item": item,
            "mark": mark,
            "key": toolbox.key_of(item),
        }
        if toolbox.source.module:
            return {**place, "module": toolbox.source.module, "attribute": toolbox.source.attribute}
        if wanted is not None:
            place["wanted"] = wanted.to_json()
            if wanted.path is None:
                # Where its marker appears is watched.
                self._environments.mkdir(parents=True, exist_ok=True, mode=0o700)
            place["unbuilt"] = not wanted.is_ready(self._environments)
            place["interpreter"] = None if place["unbuilt"] else wanted.python(self._environments)
            place["depends"] = [wanted.path or str(wanted.marker(self._environments))]
        return {**place, "path": item, "toolbox": str(toolbox.source.folder)}

    def _answered(self, request: Mapping[str, Json], answer: Mapping[str, Json]) -> None:
        """Called by the reader's threads."""
        place = (request["box"], request["item"])
        with self._condition:
            toolbox = self._toolboxes.get(request["box"])
            if toolbox is None:
                return
            if self._asked.get(place) == request["mark"] and place in self._asked:
                del self._asked[place]
            if place[1] in toolbox.found.items:
                if "wanted" in request:
                    depends = [*request["depends"], *answer.get("depends", ())]
                    answer = {**answer, "interpreter": request["wanted"], "depends": depends}
                toolbox.answers[place[1]] = self._cache.keep(request["key"], request["mark"], answer)
                toolbox.built.pop(place[1], None)
                self._dirty = self._unsaved = True
                # What lies elsewhere is watched from the next look on.
                self._look |= not _folders_of(answer) <= self._watched
            self._condition.notify_all()

    # -- publishing ---------------------------------------------------------------------------------------------

    def _publish(self) -> None:
        """Make the tools of what was read the ones that are seen, and tell what changed."""
        with self._condition:
            if not self._dirty:
                self._condition.notify_all()
                return
            self._dirty = False
            self._published = time.monotonic()
            tools = _distinct(tool for toolbox in self._toolboxes.values() for tool in toolbox.tools())
            before = {tool.name: tool for tool in self._snapshot.tools}
            ranks = {toolbox.name: toolbox.source.rank for toolbox in self._toolboxes.values()}
            self._snapshot = _Snapshot(tools, Index(tools), ranks)
            self._condition.notify_all()
        after = {tool.name: tool for tool in tools}
        changed = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        if changed:
            self._tell(sorted(changed))

    def _tell(self, changed: Sequence[str]) -> None:
        try:
            self._on_change(changed)
        except Exception:
            # Whoever listens must not end the reading; what it missed it gets with the next change.
            _log.exception("could not tell of changed tools")


class KeptCatalog:
    """The tools as they were when they were read last: nothing is read anew, watched, started or written."""

    def __init__(self, toolboxes: Sequence[str], cache: Path, *, entry_points: bool = True) -> None:
        kept = Cache(cache)
        kept.load()
        self._toolboxes = [_Toolbox(source) for source in sources_of(toolboxes, entry_points)]
        for toolbox in self._toolboxes:
            toolbox.take_kept(kept)
        tools = _distinct(tool for toolbox in self._toolboxes for tool in toolbox.tools())
        ranks = {toolbox.name: toolbox.source.rank for toolbox in self._toolboxes}
        self._snapshot = _Snapshot(tools, Index(()), ranks)

    def tools(self) -> Sequence[Tool]:
        return self._snapshot.tools

    def candidates(self, name: str) -> Sequence[Tool]:
        """The tools that a name may mean."""
        return self._snapshot.candidates(name)

    def folders(self) -> Sequence[Path]:
        return [toolbox.source.folder for toolbox in self._toolboxes if toolbox.source.folder is not None]


class _Toolbox:
    """One toolbox with what is known of it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.settings = Settings()
        self.settings_mark: Mark = None
        self.settings_path = settings_path(source)
        self.found = Found()
        self.looked = False
        self.answers: dict[str, Mapping[str, Json]] = {}
        self.built: dict[str, list[Tool]] = {}
        #: What the settings say of the Python of each file, as far as they do.
        self._pythons: dict[str, str] = {}

    @property
    def name(self) -> str:
        return self.settings.name or self.source.name

    def key_of(self, item: str) -> str:
        """The root and the imports of a file depend on the folder that it is read in."""
        python = self._pythons.get(item, "")
        return f"{self.source.folder or ''}\n{item}" + (f"\n{python}" if python else "")

    def note_python(self, item: str) -> None:
        """Look at what the settings say now of the Python of a file."""
        if self.source.folder is not None and self.source.module is None:
            names = _names_of(self, item)
            self._pythons[item] = of_settings(self.source.folder, self.settings, *names)

    def interpreter(self, item: str) -> Interpreter | None:
        """The Python of its own that a file names. Raises Unusable."""
        folder = self.source.folder or Path(item).parent
        return interpreter_of(Path(item), folder, self.settings, *_names_of(self, item))

    def cache_keys(self) -> list[str]:
        return [self.key_of(item) for item in self.found.items]

    def take_kept(self, cache: Cache) -> None:
        """What was read of the files that are here now, whether or not they changed since."""
        if self.settings_path is not None:
            self.settings = toolbox_settings.load(self.settings_path)
        try:
            self.found = scan(self.source, self.settings.ignore)
        except (OSError, ValueError):
            return
        for item in self.found.items:
            self.note_python(item)
            if (answer := cache.kept(self.key_of(item))) is not None:
                self.answers[item] = answer

    def folders(self) -> set[str]:
        """Folders in which a change matters: its own, and those of what its files import."""
        return set(self.found.folders).union(*map(_folders_of, self.answers.values()))

    def programs(self) -> set[str]:
        """Files that matter whatever their names are."""
        return {
            file
            for item, answer in self.answers.items()
            if is_description(item)
            for file in (*answer.get("files", ()), *(answer.get("source") or {}).get("imports", ()))
        } | {file for answer in self.answers.values() for file in answer.get("depends", ())}

    def described(self, added: Sequence[str], asked: Iterable[tuple[str, str]]) -> Toolbox:
        source = self.source
        return Toolbox(
            id=source.name,
            title=self.settings.title or pretty(self.name),
            place=str(source.file or source.folder or source.given),
            added=source.given in added,
            tools=sum(len(built) for built in self.built.values()),
            reading=not self.looked or any(box == source.key for box, _ in asked),
            problems=tuple(self.problems()),
        )

    def problems(self) -> list[str]:
        return [*([self.found.problem] if self.found.problem else []), *self.settings.problems]

    def tools(self) -> list[Tool]:
        """Built once for each answer."""
        tools = []
        started_by_others = {
            path for item, answer in self.answers.items() for path in _started(answer) if path != item
        }
        for item in self.found.items:
            if item not in self.answers or (
                item in started_by_others and _leaves_it_to_others(self.answers[item])
            ):
                continue
            if item not in self.built:
                self.built[item] = _built(Origin(self.source, self.settings, item), self.answers[item])
            tools += self.built[item]
        return sorted(tools, key=lambda tool: tool.name)


def _folders_of(answer: Mapping[str, Json]) -> set[str]:
    """Folders in which a change matters to what was read of a file."""
    files = [*(answer.get("source") or {}).get("local", ()), *answer.get("files", ())]
    folders = {path.rpartition("/")[0] for path in files}
    depends = answer.get("depends", ())
    return folders | {path if Path(path).is_dir() else path.rpartition("/")[0] for path in depends}


def _names_of(toolbox: _Toolbox, item: str) -> tuple[str, ...]:
    """Names by which the settings may mean the tool of a file."""
    origin = Origin(toolbox.source, toolbox.settings, item)
    short = ".".join([*origin.folders, Path(item).stem])
    return short, f"{origin.toolbox}.{short}", Path(item).stem


def _same_or(before: Mapping[str, Json] | None, now: Mapping[str, Json]) -> Mapping[str, Json]:
    """What was there before where nothing changed: the same object says so."""
    return before if before == now and before is not None else now


def _started(answer: Mapping[str, Json]) -> list[str]:
    """The files beside it whose commands a file brings together."""
    source = answer.get("source") or {}
    return [*source.get("local", ()), *answer.get("files", ())] if source.get("commands") else []


def _leaves_it_to_others(answer: Mapping[str, Json]) -> bool:
    """Whether a file defines commands and starts none."""
    return any("attribute" in each for each in answer.get("commands", ()))


def _built(origin: Origin, answer: Mapping[str, Json]) -> list[Tool]:
    """An answer that cannot be understood hides one file and not the others."""
    try:
        return tools_of(origin, answer)
    except Exception as error:
        _log.exception("%s could not be made a tool", origin.item)
        failure = {"message": f"It could not be made a tool: {type(error).__name__}: {error}"}
        return tools_of(origin, {"failure": failure})


class _Snapshot:
    """The tools of one moment."""

    def __init__(self, tools: Iterable[Tool], index: Index, ranks: Mapping[str, int] | None = None) -> None:
        self.tools = tuple(tools)
        self.index = index
        #: Another one for every other set of tools, also after a restart.
        self.revision = uuid.uuid4().hex
        self._ranks = ranks or {}
        self._full = {tool.name: tool for tool in self.tools}
        self._short: dict[str, list[Tool]] = {}
        for tool in self.tools:
            for name in {tool.short_name, tool.short_name.rpartition(".")[2]}:
                self._short.setdefault(name, []).append(tool)

    def candidates(self, name: str) -> list[Tool]:
        """The tool of this full name, or those of this short name in the toolboxes that go first."""
        if (full := self._full.get(ToolName(name))) is not None:
            return [full]
        found = self._short.get(name, [])
        first = min((self._ranks.get(tool.toolbox, 0) for tool in found), default=0)
        found = [tool for tool in found if self._ranks.get(tool.toolbox, 0) == first]
        exact = [tool for tool in found if tool.short_name == name]
        return exact or found


def _distinct(tools: Iterable[Tool]) -> list[Tool]:
    """Each name once: a second tool of the same name is told apart by its file, then by a number."""
    taken: set[str] = set()
    distinct = []
    for tool in tools:
        name, number = tool.name, 2
        if name in taken and tool.entry.path:
            name = ToolName(f"{tool.toolbox}.{Path(tool.entry.path).stem}.{tool.short_name}")
        base = name
        while name in taken:
            name, number = ToolName(f"{base}-{number}"), number + 1
        taken.add(name)
        distinct.append(tool if name == tool.name else replace(tool, name=name))
    return distinct
