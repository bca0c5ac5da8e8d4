"""What the services need of the outside, as Protocols."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from .artifacts import Artifact, Output
from .batches import Batch, BatchPlace, UnderWay
from .dashboards import Dashboard
from .events import Event
from .history import (
    Count,
    GroupKey,
    RunFilter,
    RunGroup,
    RunList,
    RunOrder,
    RunPlace,
    Timeline,
    UsualDuration,
)
from .ids import ArtifactId, BatchId, Digest, PresetId, RunId, ScheduleId, ToolName, WorkerId
from .likeness import Earlier
from .limits import NO_LIMITS, RunLimits
from .preferences import Preference
from .presets import Preset
from .queue import Destination, Moved, QueueLine, QueuePage, QueueRule
from .retention import Cleaning, Freed, Kept, Left
from .runs import Params, Priority, Progress, Reason, Run, RunError, RunStatus
from .schedules import Firing, Schedule
from .toolboxes import Toolbox
from .tools import Delivery, Tool
from .uploads import Upload
from .workers import Crew, Order, Worker

#: The folder, in that of an attempt, in which a function works.
WORK_FOLDER = "work"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactFilter:
    #: Endings (``.csv``) and media types (``text/csv``, ``image/*``), of which one must fit; all where there is none.
    accepts: tuple[str, ...] = ()
    #: Part of the name, in either case.
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEdit:
    """What a person changes of a run; None leaves it as it is."""

    #: All its tags, in the place of those that it has.
    tags: tuple[str, ...] | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    #: Empty takes the note away.
    note: str | None = None
    #: Only while the run waits, as the priority.
    params: Params | None = None
    priority: Priority | None = None

    def tags_after(self, before: Sequence[str]) -> tuple[str, ...]:
        kept = before if self.tags is None else self.tags
        wanted = dict.fromkeys((*kept, *self.add_tags))
        return tuple(tag for tag in wanted if tag not in self.remove_tags)

    @property
    def needs_waiting(self) -> bool:
        return self.params is not None or self.priority is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagUse:
    tag: str
    #: How many runs have it.
    runs: int


class BatchStore(Protocol):
    """Batches, which are kept together with their runs by `RunStore.insert_all`."""

    def get(self, batch: str) -> Batch:
        """By id or by number. Raises NotFound."""

    def of_run(self, run: RunId) -> tuple[Batch, int] | None:
        """The batch that a run belongs to, and its row there."""

    def place(self, run: RunId) -> BatchPlace | None:
        """As `of_run`, without a look at its other runs."""

    def of_chain(self, chain: RunId) -> tuple[Batch, int] | None:
        """The batch that a run belongs to which was made of this one, however far back, and its row there."""

    def newest(self, *, limit: int, before: int | None = None) -> Sequence[Batch]:
        """The newest first; with numbers below ``before``."""

    def rows(
        self,
        batch: BatchId,
        *,
        limit: int,
        after: int = 0,
        statuses: frozenset[RunStatus] = frozenset(),
    ) -> Sequence[tuple[int, Run]]:
        """Its runs with their artifacts, by row; rows count from 1."""

    def under_way(self, batch: BatchId) -> UnderWay:
        """What is left of it."""

    def cancel(self, batch: BatchId) -> tuple[int, Sequence[Run]]:
        """As `RunStore.request_cancel` of all that have not ended: how many, and the last of them, those that run first."""

    def requeue(self, batch: BatchId, *, attempts: int = 1) -> tuple[int, Sequence[Run]]:
        """As `RunStore.requeue` of all that failed or were canceled: how many, and the last of them."""

    def replace(self, batch: BatchId, runs: Mapping[RunId, Run], *, attempts: int = 1) -> int:
        """Keep new runs in the places that others have in the batch; how many still had theirs.

        Those others stay; a place that another run has by now keeps that one, and its new run is not kept.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A worker's right to one attempt."""

    run: Run
    #: The attempt's number: whoever holds an older one may not publish.
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What renewing a lease answered."""

    held: bool
    cancel_requested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended, with the files that it left."""

    status: RunStatus
    reason: Reason | None = None
    error: RunError | None = None
    outputs: tuple[Output, ...] = ()
    #: Puts the changes into the folder that others see, where the tool wants that; sentences for the log.
    publish: Callable[[], Sequence[str]] | None = field(default=None, compare=False, repr=False)


class ToolStore(Protocol):
    """Keeps every version of every tool that a run was made of."""

    def keep(self, tool: Tool, code: Digest | None = None) -> None:
        """``code``: of its files in the artifact store; it is added to a version that was kept without."""

    def get(self, name: ToolName, version: Digest) -> Tool:
        """Raises NotFound."""

    def code(self, name: ToolName, version: Digest) -> Digest | None:
        """Of its files; None where they were not kept. Raises NotFound."""

    def matching(self, name: ToolName, version: str) -> Sequence[Digest]:
        """The versions that begin so, two at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """An attempt that the database believes to be under way."""

    run: RunId
    fence: int
    worker: WorkerId
    #: Whether its lease ran out, by the database's clock.
    lapsed: bool


class RunStore(Protocol):
    """The truth about runs. Every method is one transaction; leases go by the database's clock."""

    def insert(
        self,
        run: Run,
        *,
        attempts: int = 1,
        idempotency_key: str | None = None,
        request_digest: str | None = None,
        committed: Callable[[Run], None] = ...,
    ) -> tuple[Run, bool]:
        """Keep a new run, with its number; with a key seen before, the run of then and False.

        ``committed`` is called with a new one as soon as others see it; it may not be on the disk then, and never raises.
        Raises Conflict where the same key came with another request, NotAvailable also where the disk fails after that.
        """

    def insert_all(
        self,
        runs: Sequence[Run],
        *,
        batch: Batch | None = None,
        attempts: int = 1,
        idempotency_key: str | None = None,
        request_digest: str | None = None,
    ) -> tuple[Sequence[Run], bool]:
        """As `insert`, of new runs of one owner and priority that are made from no others: all of them or none, in their
        order.

        ``batch``: what they are the rows of; kept together with them.
        """

    def get(self, run: str) -> Run:
        """By id or by number, with attempts and artifacts. Raises NotFound."""

    def status(self, run: str) -> RunStatus:
        """By id or by number. Raises NotFound."""

    def before(self, run: Run) -> tuple[Run | None, Run | None]:
        """The last run of the same tool that ended before this one was made, and the last that succeeded."""

    def chain(self, run: RunId, *, limit: int) -> Sequence[Run]:
        """The run and those that it was made from, then all that were made from any of these; the newest first in each."""

    def claim(self, worker: WorkerId, lease_seconds: float, *, expected: bool = False) -> Claim | None:
        """The next queued run, for this worker alone; None where nothing waits.

        ``expected``: something is said to wait, so it is taken without a look before.
        """

    def renew(
        self, run: RunId, fence: int, lease_seconds: float, progress: Progress | None = None
    ) -> Lease: ...

    def finish(
        self,
        run: RunId,
        fence: int,
        outcome: Outcome,
        artifacts: Sequence[Artifact],
        *,
        log_size: int = 0,
        log_tail: str = "",
        environment: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
        again_after: float | None = None,
        reuse_key: Digest | None = None,
    ) -> Run:
        """Write the end of an attempt. Raises LeaseLost where another attempt owns the run.

        ``again_after``: seconds after which the run is queued for its next attempt, where it has one left and nobody
        asked for its end. ``reuse_key``: runs of the same may take the result of this one, where it succeeded.
        """

    def earlier(self, key: Digest) -> Run | None:
        """The run whose result one with this key would take, without attempts and artifacts."""

    def result_contents(self, key: Digest) -> frozenset[Digest]:
        """What the result is made of that a run with this key would take."""

    def drop_result(self, key: Digest) -> None:
        """No run takes it any more."""

    def take_earlier(self, run: RunId, fence: int, key: Digest) -> Run | None:
        """End an attempt that has not begun with the result of an earlier run, or have the run wait for one that is the same
        and runs; None where there is neither.
        """

    def request_cancel(self, run: RunId) -> Run:
        """A run that waits is canceled at once; a running one is asked to stop; Conflict where it ended."""

    def requeue(self, run: RunId, *, attempts: int = 1) -> Run:
        """A failed or canceled run waits again, for its next attempt; one that waits for a time does so no longer.

        What failed because this run did waits for it again.

        Raises Conflict.
        """

    def edit(self, run: RunId, changes: RunEdit, *, by: str) -> Run:
        """Write what a person changed. Raises Conflict where it needs a run that waits, and this one does not."""

    def tags(self, *, limit: int) -> Sequence[TagUse]:
        """The tags in use, those of the newest runs first."""

    def running(self) -> Sequence[Running]: ...

    def lease(self, run: RunId, fence: int) -> Lease:
        """What `renew` would answer, without writing."""

    def lose(self, run: RunId, fence: int, error: RunError, *, again_after: float = 0.0) -> Run | None:
        """End an attempt as lost: tried again where the delivery allows, after so many seconds.

        None where it had ended already.
        """

    def queue_ready(self) -> Sequence[Run]:
        """Queue the runs that wait for a time which has come; each is answered once, to one caller."""

    def next_queued(self) -> tuple[RunId, float] | None:
        """The run that the next claim would get, and the seconds that it has waited."""

    def counts(self) -> Mapping[RunStatus, int]:
        """How many runs are not final, by status."""

    def artifact(self, artifact: str) -> tuple[Artifact, Run | None]:
        """An artifact with its run (without attempts and artifacts); an upload that is whole has none. Raises NotFound."""

    def use_artifact(self, artifact: str) -> None:
        """What is about to be written names it: it stays for a day, in which that is committed.

        Nothing happens where there is none. Raises NotFound where it was freed.
        """

    def use_output(self, run: str, name: str) -> None:
        """As `use_artifact`, of a run's artifact of this name; a run that has not ended has none yet."""

    def use_of_numbers(self, numbers: Iterable[int]) -> None:
        """As `use_artifact`, of all that runs of these numbers have left; what was freed is passed over."""

    def artifacts(
        self, where: ArtifactFilter, *, limit: int, before: str | None = None
    ) -> tuple[Sequence[tuple[Artifact, Run]], str | None]:
        """Of runs that succeeded, newest first; the second value is where the next page starts, None on the last."""


class FollowerStore(Protocol):
    """Runs that wait for others. Every method is one transaction."""

    def release(self, ended: RunId) -> Sequence[Run]:
        """Decide on the runs that wait for one that has ended, and on those that wait for these.

        Answers each that waits no longer, once, to one caller: it is queued, failed or skipped.
        """

    def ended(self) -> Sequence[RunId]:
        """What has ended and was not released: whoever should have done it may be gone."""

    def awaited(self, run: RunId) -> Sequence[Run]:
        """What a run waits for, or waited for, by number."""

    def followers(self, run: RunId, *, limit: int) -> Sequence[Run]:
        """What waits for a run, or waited for it, by number."""


class QueueStore(Protocol):
    """Who waits in which order, and what holds them back. Every method is one transaction."""

    def rules(self) -> Mapping[str, QueueRule]:
        """By tool; that of the whole queue under the empty name."""

    def hold(self, tool: str, *, by: str, note: str) -> QueueRule:
        """Raises Conflict where it is held already."""

    def release(self, tool: str) -> QueueRule:
        """Raises Conflict where it is not held."""

    def set_limits(self, limits: Mapping[str, int | None]) -> bool:
        """How many runs of each tool may run at a time; whether that is other than before."""

    def running(self) -> Mapping[tuple[str, str], int]:
        """How many run, by owner and tool."""

    def lines(self) -> Sequence[QueueLine]:
        """Owners of runs that wait, whose turn is next first."""

    def page(self, *, offset: int, limit: int, owner: str | None = None) -> QueuePage:
        """In the order in which they start: owners take turns. Of one owner in that of this owner's runs."""

    def under_way(self) -> Sequence[tuple[Run, float]]:
        """Each that runs, with the seconds since it began."""

    def waiting(self) -> Mapping[tuple[str, str], int]:
        """How many wait, by owner and tool."""

    def later(self) -> int:
        """How many wait for something else than their turn, and do not stand in the queue."""

    def position(self, run: Run) -> int | None:
        """Among all, from 1; None where it does not stand in the queue."""

    def move(self, ids: Sequence[str], to: Destination, anchor: str | None = None) -> Moved:
        """Raises NotFound, Conflict where ``anchor`` does not wait."""


class PreferenceStore(Protocol):
    """Small state of each user."""

    def all(self, owner: str) -> Sequence[Preference]:
        """By key."""

    def get(self, owner: str, key: str) -> Preference | None: ...

    def put(self, owner: str, preference: Preference) -> None:
        """Keep it in the place of what had its key."""

    def delete(self, owner: str, key: str) -> bool:
        """Whether there was one."""

    def count(self, owner: str) -> int: ...


class RunHistory(Protocol):
    """Looks at many runs. Nothing here reads the whole history to answer for a few of them."""

    def page(
        self, where: RunFilter, *, limit: int, order: RunOrder = ..., after: RunPlace | None = None
    ) -> RunList:
        """Raises InvalidRequest where ``after`` is a place in another order."""

    def count(self, where: RunFilter) -> Count: ...

    def total(self) -> int:
        """All runs, exactly."""

    def timeline(self, where: RunFilter) -> Timeline: ...

    def groups(self, where: RunFilter, by: GroupKey, *, offset_minutes: int = 0) -> Sequence[RunGroup]:
        """The groups with the newest runs first; a day begins ``offset_minutes`` after midnight in UTC."""

    def durations(self, tools: Sequence[str]) -> Mapping[str, UsualDuration]:
        """Of the tools of which enough runs succeeded."""

    def took(self, tool: ToolName, *, limit: int) -> Sequence[Earlier]:
        """The latest runs of a tool that succeeded, the newest first."""

    def latest_of_workers(self, since: datetime) -> Sequence[Run]:
        """Runs that began after then, the newest first, without params."""


class Liveness(Protocol):
    """Which workers of this host live."""

    def alive(self) -> Mapping[WorkerId, datetime]:
        """Those that do, with when they started."""

    def is_alive(self, worker: WorkerId) -> bool | None:
        """None where it cannot be known here."""


class WorkerStore(Protocol):
    """What each worker says of itself, and what it was told, for all machines of a database."""

    def enter(self, worker: Worker) -> None:
        """It is there from now on. What an earlier one of the same id was told is forgotten."""

    def beat(self, worker: WorkerId, memory: int | None, *, drains: bool = False) -> bool:
        """It lives still; False where it was forgotten meanwhile. ``drains``: a signal told it to."""

    def told(self, worker: WorkerId) -> Order | None:
        """What it was told; one look at one row."""

    def leave(self, worker: WorkerId) -> None:
        """It ends now. Of one that somebody told to, that stays known for a while."""

    def tell(self, worker: WorkerId, order: Order, by: str) -> None:
        """Stays with what it was told first, but for a drain that becomes a stop. Raises NotFound, Conflict."""

    def all(self) -> Sequence[Worker]: ...

    def forget(self, *, silent: float, ended: float) -> None:
        """Those of which nothing was heard for so many seconds, and those that ended so long ago."""


class CrewKeeper(Protocol):
    """Whoever keeps workers of this machine up."""

    def look(self) -> Crew: ...

    def ask(self, wanted: int) -> Crew:
        """From now on so many; what is too much finishes its run first. Raises Conflict where nobody keeps any up."""


class ArtifactStore(Protocol):
    """Bytes by digest: kept once, however often produced."""

    def put(self, path: Path) -> tuple[Digest, int]: ...

    def put_content(self, content: bytes) -> tuple[Digest, int]: ...

    def path(self, digest: Digest) -> Path:
        """A local file with the content, not to be changed. Raises NotFound."""

    def check(self, digest: Digest) -> None:
        """Raises NotFound where the content is not there."""

    def clean(self) -> None:
        """Remove halves that processes left which were killed while they wrote."""

    def remove(self, digest: Digest, before: datetime) -> bool:
        """Remove a content, unless somebody has kept it since ``before``: False then."""

    def restore(self, digest: Digest) -> None:
        """Bring back what a removal that was cut off had put aside."""

    def adopt(self, path: Path, digest: Digest) -> None:
        """Take in a file whose digest is known; it is gone from its place then."""


class PresetStore(Protocol):
    """Presets that people keep. Every method is one transaction."""

    def seen_by(self, user: str, tool: ToolName) -> Sequence[Preset]:
        """The user's own and the shared ones, by name."""

    def get(self, preset: PresetId) -> Preset:
        """Raises NotFound."""

    def insert(self, preset: Preset) -> Preset:
        """Raises Conflict where the owner has one of this name."""

    def change(
        self,
        preset: PresetId,
        *,
        name: str | None = None,
        params: Params | None = None,
        shared: bool | None = None,
    ) -> Preset:
        """Another name, other params, another reach; what is None stays. Raises NotFound, Conflict."""

    def delete(self, preset: PresetId) -> None: ...

    def default_of(self, user: str, tool: ToolName) -> PresetId | None: ...

    def set_default(self, user: str, tool: ToolName, preset: PresetId | None) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFilter:
    #: Part of the name or of the tool's name, in either case.
    text: str = ""
    tool: str = ""
    owner: str = ""
    state: str = ""
    #: Id of a run that it made.
    run: str = ""


class ScheduleStore(Protocol):
    """Schedules, and what became of their due times. Every method is one transaction."""

    def now(self) -> datetime:
        """By the database's clock, which all schedulers go by."""

    def page(self, where: ScheduleFilter, *, limit: int, offset: int = 0) -> tuple[Sequence[Schedule], int]:
        """What is due first comes first, what is never due last; the second value is how many there are."""

    def get(self, schedule: str) -> Schedule:
        """Raises NotFound."""

    def insert(self, schedule: Schedule) -> Schedule: ...

    def change(self, schedule: Schedule) -> Schedule:
        """Write what it is now. Raises NotFound, and Conflict where somebody changed it since it was read."""

    def delete(self, schedule: ScheduleId) -> None: ...

    def due(self, now: datetime, *, limit: int, after: Schedule | None = None) -> Sequence[Schedule]:
        """Those of which something is due by then, in the order in which it is; those behind ``after`` alone."""

    def next_due(self) -> datetime | None:
        """When something is due first."""

    def ended(self) -> Sequence[tuple[Schedule, Run]]:
        """Those that wait for a run which ended, with that run."""

    def fire(
        self,
        schedule: Schedule,
        firing: Firing,
        following: datetime | None,
        run: Run | None,
        attempts: int = 1,
    ) -> tuple[Schedule | None, Run | None]:
        """Keep what became of a due time, and its run, in one transaction: of all who try, one does.

        The schedule as it is then, or None where another one was first or somebody changed it; and the run, with its number.
        """

    def firings(
        self, schedule: ScheduleId, *, limit: int, before: datetime | None = None
    ) -> Sequence[tuple[Firing, Run | None]]:
        """The latest due times first."""


class PresetFiles(Protocol):
    """Presets that lie as files beside tools."""

    def of(self, tool: Tool) -> Sequence[Preset]:
        """By name; a file that cannot be read is told with its problem."""


class UploadStore(Protocol):
    """What is known of uploads. Every method is one transaction."""

    def insert(self, upload: Upload) -> None: ...

    def get(self, upload: str) -> Upload:
        """Raises NotFound."""

    def finish(self, upload: ArtifactId, digest: Digest) -> None:
        """Raises NotFound."""

    def use(self, upload: ArtifactId) -> None:
        """From now on it is not deleted. Raises NotFound."""

    def delete(self, upload: ArtifactId) -> bool:
        """False where it is used, or gone already."""

    def unused_of(self, owner: str) -> Sequence[Upload]: ...

    def unused_since(self, time: datetime) -> Sequence[Upload]:
        """Those that were begun before, and that nothing uses yet."""

    def is_mentioned(self, upload: ArtifactId) -> bool:
        """Whether a run, a preset or a schedule names it."""


class UploadFiles(Protocol):
    """The bytes of uploads that are not used yet."""

    def begin(self, upload: ArtifactId) -> None: ...

    def append(self, upload: ArtifactId, offset: int, data: bytes) -> int:
        """Write on at ``offset``; bytes in all. Raises Conflict where the file ends elsewhere, NotFound without one."""

    def size(self, upload: ArtifactId) -> int:
        """Bytes that are here; 0 without a file."""

    def changed_at(self, upload: ArtifactId) -> datetime | None:
        """When the last piece came; None without a file."""

    def digest(self, upload: ArtifactId) -> Digest:
        """Of all its bytes, read again from disk."""

    def whole(self, upload: ArtifactId, digest: Digest) -> AbstractContextManager[Path | None]:
        """A local file with all its bytes, which may be taken away; None where they are not here any more."""

    def remove(self, upload: ArtifactId) -> None: ...

    def free(self) -> int:
        """Bytes that the disk has left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableQuery:
    """Which rows of a table, in which order."""

    offset: int = 0
    limit: int = 100
    #: Numbers of columns, each with whether it goes down.
    sort: tuple[tuple[int, bool], ...] = ()
    #: Mappings with ``column``, ``op`` and ``value``; a row fits all of them.
    filters: tuple[Mapping[str, Any], ...] = ()
    #: Text that a cell of the row holds.
    search: str = ""

    @property
    def is_plain(self) -> bool:
        return not (self.sort or self.filters or self.search)


class Previews(Protocol):
    """What files hold, in pieces that a browser can show.

    A file that somebody's tool wrote is read by a process with limits. While that works, answers have the ``state``
    ``reading`` and the share that is ``done``. All raise InvalidRequest for a file that is not what its type says.
    """

    def table(self, artifact: Artifact, path: Path, query: TableQuery) -> Mapping[str, Any]:
        """As `api.schemas.TablePage` has it."""

    def json(
        self, artifact: Artifact, path: Path, at: int | None, offset: int, limit: int
    ) -> Mapping[str, Any]:
        """The value that begins at this byte, with some of its children: `api.schemas.JsonAnswer`."""

    def picture(self, artifact: Artifact, path: Path, size: int) -> tuple[Path, Mapping[str, Any]] | None:
        """A file of about that many pixels a side, with ``width``, ``height`` of the whole and ``media_type``.

        None while it is made.
        """

    def entries(self, artifact: Artifact, path: Path) -> Mapping[str, Any]:
        """What an archive holds: `api.schemas.ArchiveAnswer`."""

    def graph(self, artifact: Artifact, path: Path) -> Mapping[str, Any]:
        """A graph with places for its nodes: `api.schemas.GraphAnswer`."""

    def close(self) -> None: ...


class Contents(Protocol):
    """What lies on this machine."""

    def look(self) -> ContentsLook: ...


class ContentsLook(Protocol):
    """One look at what lies on a machine: nothing is looked at twice, and all of it together has a limit."""

    def of(self, path: str) -> str | None:
        """The same as long as the file holds the same, or all in the folder does; None where that cannot be told."""


class LogStore(Protocol):
    """The log of each attempt, in bytes; offsets count from its start."""

    @property
    def immediate(self) -> bool:
        """Whether everybody can read at once what was appended; else it comes in batches, each second."""

    def append(self, run: RunId, attempt: int, offset: int, data: bytes) -> None: ...

    def read(self, run: RunId, attempt: int, offset: int, limit: int) -> bytes: ...

    def size(self, run: RunId, attempt: int) -> int: ...

    def close(self, run: RunId, attempt: int) -> None:
        """Nothing more is appended; when this returns, all of it can be read by everybody."""

    def remove(self, run: RunId, attempt: int) -> None:
        """Of an ended attempt; nothing happens where it is gone."""


class RetentionStore(Protocol):
    """What ended runs left, and what was freed of it."""

    def now(self) -> datetime: ...

    def left(self, kind: Kept, named: Iterable[Params] = ()) -> Iterable[Left]:
        """What was not freed, of the newest run first. ``named``: params of what is not in the database."""

    def needed(self, freed: Sequence[Freed]) -> frozenset[Digest]:
        """Of their contents, those that something else has too."""

    def free(
        self,
        freed: Sequence[Freed],
        tell: Callable[[Sequence[Freed], frozenset[Digest]], Cleaning],
        named: Iterable[Params] = (),
    ) -> Cleaning:
        """Write down that they are freed, before anything leaves the store: those to which nothing refers by now.

        ``tell``: of some that were freed, and those of their contents that something else has, what is remembered.
        """

    def leaving_logs(self, after: str) -> Sequence[tuple[RunId, int]]:
        """Some logs that are to leave the store, from behind ``run/attempt``."""

    def leaving_contents(self, after: str) -> Sequence[tuple[Digest, bool]]:
        """Some contents, by their digests from behind this one, each with whether something has it after all."""

    def is_gone(self, kind: Kept, key: str) -> None:
        """It left the store, or stays for good."""

    def cleanings(self, limit: int) -> Sequence[dict[str, Any]]:
        """The newest first."""


class Doorbell(Protocol):
    """Tells workers that something is to be done. Never raises: the sweep rings again."""

    def ring(self, run: RunId) -> bool:
        """A run waits. False where the bell could not be reached."""

    def ring_everybody(self, run: RunId) -> bool:
        """As `ring`, for all workers: not each can run it."""

    def stop(self, run: RunId, worker: WorkerId) -> bool:
        """The worker's attempt shall end. False where it could not be reached; it looks by itself each second."""


class EventStream(Protocol):
    """Publishing never raises: whoever missed an event fetches."""

    def publish(self, event: Event) -> None: ...

    def publish_log(self, run: RunId, attempt: int, offset: int, data: bytes) -> None:
        """Hand on part of a live log; `offset` is where `data` begins."""

    def last(self) -> str:
        """Where the stream ends now, to read on from; empty where it cannot be reached."""

    def recent(self, count: int) -> Sequence[Event]:
        """The last events but those of logs, oldest first. Raises NotAvailable."""

    def read(self, after: str, timeout: float) -> Sequence[Event]:
        """The events behind `after`; waits for the first one. Raises NotAvailable."""

    def read_log(self, run: RunId, attempt: int, offset: int) -> bytes:
        """What is live of a log from this byte on; empty where nothing is, or it starts later."""

    def log_end(self, run: RunId, attempt: int) -> int:
        """Where the live log ends now; 0 where nothing is live."""


class Catalog(Protocol):
    """The tools that can be submitted now."""

    def tools(self) -> Sequence[Tool]: ...

    @property
    def reading(self) -> bool:
        """Whether toolboxes are being read at the moment."""

    def refresh(self, wait: bool = False, only: str | None = None, timeout: float = 60.0) -> bool:
        """Look at all toolboxes again; with ``only`` until this tool is there. Whether that is done."""

    def find(self, name: str) -> Tool:
        """By full name, or by a short name that is unambiguous. Raises NotFound, Ambiguous."""

    def search(self, query: str, category: str | None = None) -> Sequence[Tool]: ...

    @property
    def revision(self) -> str:
        """Changes whenever the tools do."""

    def progress(self) -> tuple[int, int]:
        """How many files were read, and how many there are to be."""

    def toolboxes(self) -> Sequence[Toolbox]: ...

    def problems(self) -> Sequence[str]:
        """What is wrong with toolboxes as a whole; what is wrong with one tool stands in the tool."""

    def include(self, added: Sequence[str]) -> None:
        """Have these toolboxes beside those that were named at first, and no others; they are read in the background."""


class ToolboxStore(Protocol):
    """The toolboxes that people added to those of the configuration."""

    def all(self) -> Sequence[str]:
        """Their paths, in the order in which they were added."""

    def add(self, path: str, owner: str) -> None: ...

    def remove(self, path: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A version of a tool that runs wait for and that no worker has."""

    tool: ToolName
    version: Digest
    #: How many wait.
    runs: int


class OfferStore(Protocol):
    """Which versions of tools the workers of each place can run: a place is a data directory of a host."""

    def offer(
        self,
        place: str,
        source: str,
        host: str,
        tools: Sequence[Tool],
        seconds: float,
        *,
        all_are_known: bool,
    ) -> None:
        """Say for so many seconds what a catalog has, of which there may be several in a place.

        Others that it offered before are taken back only where ``all_are_known``: while it reads, more come.
        """

    def renew(self, place: str, source: str, seconds: float) -> bool:
        """Say the same on; False where it was forgotten meanwhile."""

    def withdraw(self, place: str, source: str) -> None: ...

    def forget_lapsed(self) -> None:
        """Take back what nobody says any more."""

    def find(self, place: str, name: ToolName, version: Digest) -> Tool | None:
        """The tool as it is there, without what only people read."""

    def has_kept(self, place: str, name: ToolName, version: Digest) -> bool:
        """Whether it can be run there although nobody has it now: its files are kept, the tool lies in the same folder."""

    def is_served(self, name: ToolName, version: Digest) -> bool:
        """Whether workers of any place have it now."""

    def unserved(self, limit: int) -> Sequence[Unserved]:
        """What queued runs wait for, the longest wait first."""

    def hosts(self) -> Sequence[str]:
        """The machines that offer something now."""


class DashboardStore(Protocol):
    """The dashboards that people published."""

    def all(self) -> Sequence[Dashboard]:
        """By title."""

    def insert(self, dashboard: Dashboard) -> Dashboard | None:
        """None where one has the name already. The store sets the time."""

    def replace(self, dashboard: Dashboard) -> Dashboard:
        """In the place of the one of the same name."""

    def remove(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptSpec:
    """All that a runner needs to make one attempt."""

    run: RunId
    number: int
    attempt: int
    tool: Tool
    params: Params
    #: A folder for this attempt alone, with nothing but `WORK_FOLDER`; the runner works below it, the caller removes it.
    directory: Path
    #: Files of the tool's version that are others now, or gone, by path: the run sees these in their places.
    code: Mapping[str, bytes] = field(default_factory=dict)
    #: Added to the environment of the run's process.
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: RunLimits = NO_LIMITS


class StopRequest(Protocol):
    """Becomes readable when the attempt must end."""

    def fileno(self) -> int: ...

    def reason(self) -> Reason | None:
        """None for a cancel; else the limit or loss that ended it."""


class Runner(Protocol):
    """Makes attempts, one at a time, each in a process of its own."""

    def run(
        self,
        spec: AttemptSpec,
        *,
        on_log: Callable[[bytes], None],
        on_progress: Callable[[Progress], None],
        stop: StopRequest,
        on_start: Callable[[], None] = ...,
    ) -> Outcome:
        """Blocks until the attempt ended and no process of it is left; never raises for what the tool did.

        ``on_start`` is called once, before the first of the others, while the process is at work: what need not be waited
        for is done there. Not of one that ends before anybody could look.
        What the outcome would publish is there as long as the attempt's directory.
        """

    def prepare(self, tool: Tool) -> None:
        """Have a process ready for the next attempt of the tool; returns at once."""

    def environment(self, tool: Tool) -> Mapping[str, Any]:
        """What the attempt runs in: ``python``, ``platform``, ``host``, ``packages``."""

    def close(self) -> None: ...


__all__ = [
    "WORK_FOLDER",
    "ArtifactFilter",
    "ArtifactStore",
    "AttemptSpec",
    "Catalog",
    "Claim",
    "Contents",
    "ContentsLook",
    "DashboardStore",
    "Delivery",
    "Doorbell",
    "EventStream",
    "Lease",
    "Liveness",
    "LogStore",
    "OfferStore",
    "Outcome",
    "PreferenceStore",
    "PresetFiles",
    "PresetStore",
    "RunEdit",
    "RunFilter",
    "RunHistory",
    "RunStore",
    "Runner",
    "Running",
    "ScheduleFilter",
    "ScheduleStore",
    "StopRequest",
    "TagUse",
    "ToolStore",
    "ToolboxStore",
    "Unserved",
    "UploadFiles",
    "UploadStore",
]
