"""Where things are and how many there may be: read once, handed to every part and every process."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from . import machine
from .limits import NO_LIMITS, LimitRules, RunLimits, bytes_of
from .retention import DEFAULT_RETENTION, Retention, Rule

N = TypeVar("N", int, float)
#: A unix socket's path may have 107 bytes; leave room for the file's name.
_LONGEST_SOCKET_FOLDER = 90
_LEASE_SECONDS = 15.0
_UPLOAD_LIMIT = 5 * 2**30
_USER_UPLOAD_LIMIT = 20 * 2**30
_CACHE_LIMIT = 10 * 2**30
_LOG_LIMIT = 256 * 2**20
_OUTPUT_LIMIT = 10 * 2**30
_PROCESS_LIMIT = max(256, 4 * (os.cpu_count() or 1))
_OPEN_FILES_LIMIT = 4096
#: Options of an address that are no secret.
_SHOWN_OPTIONS = {"endpoint_url", "region"}
#: The variable of each setting that the environment can give.
VARIABLES = {
    name: f"TOOLRUNNER_{name.upper()}"
    for name in (
        "data_dir",
        "database_url",
        "redis_url",
        "artifacts_url",
        "toolboxes",
        "workers",
        "lease_seconds",
        "upload_limit",
        "user_upload_limit",
        "cache_limit",
        "total_running",
        "user_running",
        "time_limit",
        "memory_limit",
        "output_limit",
        "log_limit",
        "process_limit",
        "open_files_limit",
        "largest_limits",
        "keep_logs",
        "keep_artifacts",
        "keep_everything_of",
    )
}


def default_data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """``TOOLRUNNER_DATA_DIR``, else ``toolrunner`` in Jupyter's data directory."""
    if given := environ.get("TOOLRUNNER_DATA_DIR"):
        return Path(given).expanduser().absolute()
    if jupyter := environ.get("JUPYTER_DATA_DIR"):
        return Path(jupyter).absolute() / "toolrunner"
    share = environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    return Path(share).absolute() / "jupyter" / "toolrunner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    data_dir: Path = field(default_factory=default_data_dir)
    #: SQLAlchemy URL; empty for the SQLite file below ``data_dir``.
    database_url: str = ""
    #: Redis URL; empty for the embedded server.
    redis_url: str = ""
    #: Path of the artifact store's folder, or fsspec URL; empty for a folder below ``data_dir``.
    artifacts_url: str = ""
    #: Folders, ``.py`` files, modules or ``module:object``.
    toolboxes: tuple[str, ...] = ()
    #: Worker processes of this machine; None for one per core, two at most.
    workers: int | None = None
    #: Seconds after which a silent attempt counts as lost.
    lease_seconds: float = _LEASE_SECONDS
    #: Bytes of log kept of one attempt.
    log_limit: int = _LOG_LIMIT
    #: Bytes of all files of one attempt.
    output_limit: int = _OUTPUT_LIMIT
    #: Seconds of one attempt, where its tool names none; None for no limit. So with the following ones.
    time_limit: float | None = None
    #: Bytes of memory; None for three quarters of what there is.
    memory_limit: int | None = None
    #: Processes at a time.
    process_limit: int = _PROCESS_LIMIT
    #: Files that one process has open.
    open_files_limit: int = _OPEN_FILES_LIMIT
    #: What no tool can exceed by naming more.
    largest_limits: RunLimits = NO_LIMITS
    #: What is kept of ended runs, and for how long.
    retention: Retention = DEFAULT_RETENTION
    #: Bytes of one uploaded file, and of all that one user has uploaded and not used yet.
    upload_limit: int = _UPLOAD_LIMIT
    user_upload_limit: int = _USER_UPLOAD_LIMIT
    #: Bytes of artifacts of a store far away that this machine keeps as files.
    cache_limit: int = _CACHE_LIMIT
    #: Runs at a time, of all and of one user; None for as many as there are workers. Same for all that share a database.
    total_running: int | None = None
    user_running: int | None = None

    @property
    def worker_count(self) -> int:
        return self.workers if self.workers is not None else min(2, os.cpu_count() or 1)

    @property
    def limit_rules(self) -> LimitRules:
        """What a run on this machine may take."""
        defaults = RunLimits(
            time_limit=self.time_limit,
            memory_limit=self.memory_limit or machine.memory() * 3 // 4,
            output_limit=self.output_limit,
            process_limit=self.process_limit,
            open_files_limit=self.open_files_limit,
            log_limit=self.log_limit,
        )
        return LimitRules(defaults=defaults, largest=self.largest_limits)

    @property
    def embeds_redis(self) -> bool:
        return not self.redis_url

    @property
    def services_dir(self) -> Path:
        """Sockets, locks and process files; on a path short enough for a unix socket."""
        folder = self.data_dir / "services"
        if len(os.fsencode(folder)) <= _LONGEST_SOCKET_FOLDER:
            return folder
        mark = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:16]
        # Not the folder that TMPDIR names: every process must come to the same place.
        return Path(f"/tmp/toolrunner-{os.getuid()}-{mark}")  # noqa: S108 - it is made private before it is used

    @property
    def socket_path(self) -> Path:
        return self.services_dir / "valkey.sock"

    @property
    def effective_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'toolrunner.db'}"

    @property
    def effective_redis_url(self) -> str:
        return self.redis_url or f"unix://{self.socket_path}"

    @property
    def artifacts_in_folder(self) -> bool:
        """Whether they lie in a folder, and not in a store that is reached over the network."""
        return "://" not in self.artifacts_url or self.artifacts_url.startswith("file://")

    @property
    def artifacts_dir(self) -> Path:
        """Where they do lie in a folder."""
        return (
            Path(self.artifacts_url.removeprefix("file://"))
            if self.artifacts_url
            else self.data_dir / "artifacts"
        )

    @property
    def instance(self) -> str:
        """Same for all that share one database; tells nothing else about it."""
        return hashlib.sha256(self.effective_database_url.encode()).hexdigest()[:16]

    @property
    def shares_database(self) -> bool:
        """Whether workers of other machines may claim runs: each then has to know which tools it has."""
        return not self.effective_database_url.startswith("sqlite")

    @property
    def place(self) -> str:
        """Same for all processes of one host and data directory, which see the same files."""
        return hashlib.sha256(f"{socket.gethostname()}\0{self.data_dir}".encode()).hexdigest()[:32]

    @property
    def scratch_dir(self) -> Path:
        return self.data_dir / "scratch"

    @property
    def environments_dir(self) -> Path:
        """Environments of Python that tools name by their requirements; on this machine alone."""
        return self.data_dir / "environments"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """What ``TOOLRUNNER_…`` variables say; defaults for the rest. Raises ValueError for what is no number."""
        given = {name: value for name, variable in VARIABLES.items() if (value := environ.get(variable))}

        def number(name: str, kind: type[N], default: N) -> N:
            try:
                return kind(given[name]) if name in given else default
            except ValueError:
                raise ValueError(f"{VARIABLES[name]} is {given[name]!r}, which is not a number") from None

        def size(name: str, default: int) -> int:
            try:
                return bytes_of(given[name]) if name in given else default
            except ValueError as error:
                raise ValueError(f"{VARIABLES[name]} is {error}") from None

        def largest() -> RunLimits:
            try:
                return RunLimits.of_text(given.get("largest_limits", ""))
            except ValueError as error:
                raise ValueError(f"{VARIABLES['largest_limits']}: {error}") from None

        return cls(
            data_dir=default_data_dir(environ),
            database_url=given.get("database_url", ""),
            redis_url=given.get("redis_url", ""),
            artifacts_url=given.get("artifacts_url", ""),
            toolboxes=tuple(place for place in given.get("toolboxes", "").split(os.pathsep) if place),
            workers=number("workers", int, 0) if "workers" in given else None,
            lease_seconds=number("lease_seconds", float, _LEASE_SECONDS),
            upload_limit=number("upload_limit", int, _UPLOAD_LIMIT),
            user_upload_limit=number("user_upload_limit", int, _USER_UPLOAD_LIMIT),
            cache_limit=number("cache_limit", int, _CACHE_LIMIT),
            total_running=number("total_running", int, 0) or None,
            user_running=number("user_running", int, 0) or None,
            time_limit=number("time_limit", float, 0.0) or None,
            memory_limit=size("memory_limit", 0) or None,
            output_limit=size("output_limit", _OUTPUT_LIMIT),
            log_limit=size("log_limit", _LOG_LIMIT),
            process_limit=number("process_limit", int, _PROCESS_LIMIT),
            open_files_limit=number("open_files_limit", int, _OPEN_FILES_LIMIT),
            largest_limits=largest(),
            retention=_retention(given),
        )

    def to_environ(self) -> dict[str, str]:
        """The variables that give a child process these settings."""
        return {
            "TOOLRUNNER_DATA_DIR": str(self.data_dir),
            "TOOLRUNNER_DATABASE_URL": self.database_url,
            "TOOLRUNNER_REDIS_URL": self.redis_url,
            "TOOLRUNNER_ARTIFACTS_URL": self.artifacts_url,
            "TOOLRUNNER_WORKERS": str(self.worker_count),
            "TOOLRUNNER_LEASE_SECONDS": str(self.lease_seconds),
            "TOOLRUNNER_CACHE_LIMIT": str(self.cache_limit),
            "TOOLRUNNER_TOTAL_RUNNING": str(self.total_running or ""),
            "TOOLRUNNER_USER_RUNNING": str(self.user_running or ""),
            "TOOLRUNNER_TIME_LIMIT": str(self.time_limit or ""),
            "TOOLRUNNER_MEMORY_LIMIT": str(self.memory_limit or ""),
            "TOOLRUNNER_OUTPUT_LIMIT": str(self.output_limit),
            "TOOLRUNNER_LOG_LIMIT": str(self.log_limit),
            "TOOLRUNNER_PROCESS_LIMIT": str(self.process_limit),
            "TOOLRUNNER_OPEN_FILES_LIMIT": str(self.open_files_limit),
            "TOOLRUNNER_LARGEST_LIMITS": self.largest_limits.to_text(),
            "TOOLRUNNER_KEEP_LOGS": self.retention.logs.to_text(),
            "TOOLRUNNER_KEEP_ARTIFACTS": self.retention.artifacts.to_text(),
            "TOOLRUNNER_KEEP_EVERYTHING_OF": ",".join(self.retention.exceptions),
        }

    def with_toolboxes(self, *more: str) -> Settings:
        return replace(self, toolboxes=(*self.toolboxes, *more))


def _retention(given: Mapping[str, str]) -> Retention:
    """Raises ValueError."""

    def rule(name: str, default: Rule) -> Rule:
        try:
            return Rule.of_text(given[name]) if name in given else default
        except ValueError as error:
            raise ValueError(f"{VARIABLES[name]}: {error}") from None

    logs, kept = (
        rule("keep_logs", DEFAULT_RETENTION.logs),
        rule("keep_artifacts", DEFAULT_RETENTION.artifacts),
    )
    named = (each.strip() for each in given.get("keep_everything_of", "").split(","))
    try:
        return Retention(logs, kept, tuple(each for each in named if each))
    except ValueError as error:
        raise ValueError(f"{VARIABLES['keep_everything_of']}: {error}") from None


def without_secrets(url: str) -> str:
    """An address as it may be shown: no password, and none in what follows the question mark."""
    # A secret may hold what else ends a part of an address.
    before, _, after = url.rpartition("@")
    scheme, _, secret = before.partition("//")
    if secret and (":" in secret or "/" not in secret):
        url = f"{scheme}//…@{after}"
    place, _, options = url.partition("?")
    kept = [each for each in options.split("&") if each.partition("=")[0] in _SHOWN_OPTIONS]
    return place + ("?" + "&".join(kept) if kept else "")
