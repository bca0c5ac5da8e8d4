"""The server extension: what Jupyter loads at its start. All that is heavy is opened when the server answers already."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.identity import IdentityProvider, PasswordIdentityProvider
from jupyter_server.extension.application import ExtensionApp
from tornado.ioloop import PeriodicCallback
from traitlets import Bool, Dict, Float, Int, List, Unicode

from .api.handlers import Gate, handlers
from .api.kernel_owners import KernelOwners
from .api.opening import Opening
from .api.pages.handlers import page_handlers
from .api.pages.live import Seats
from .core.limits import RunLimits, bytes_of
from .core.owners import login_name
from .core.retention import Retention, Rule
from .core.settings import Settings
from .queue.embedded import EmbeddedServices

if TYPE_CHECKING:
    from .api.desk import Desk

#: Seconds after the start until the desk opens by itself; a request opens it at once.
_PAUSE = 0.5
#: Seconds that the reading of toolboxes then leaves to the rest of the start.
_PATIENCE = 0.5
#: Milliseconds between two looks for kernels of dashboards that nobody uses any more.
_LOOK_AT_SEATS = 30_000


class ToolrunnerApp(ExtensionApp):
    """Turns scripts, functions and notebooks into tools with a form, a queue and a history."""

    name = "jupyter_toolrunner"
    app_name = "Jupyter ToolRunner"
    description = __doc__
    load_other_extensions = True
    extension_url = "/lab"

    toolboxes = List(
        Unicode(),
        help="""Sources of tools: folders of scripts, `.py` files, installed modules, or `module:object`.

        The starter toolbox and those of installed packages come by themselves.
        The environment variable TOOLRUNNER_TOOLBOXES adds more.""",
    ).tag(config=True)
    data_dir = Unicode(
        help="""Folder of the database, the artifacts and the embedded services; on a local disk.

        Empty for `toolrunner` in Jupyter's data directory.""",
    ).tag(config=True)
    database_url = Unicode(help="SQLAlchemy URL of the database; empty for SQLite below `data_dir`.").tag(
        config=True
    )
    redis_url = Unicode(help="URL of Redis or Valkey; empty for an embedded server.").tag(config=True)
    artifacts_url = Unicode(
        help="""Where artifacts, logs and uploads are kept: a folder, or a store that all machines reach over the network.

        Empty for a folder below `data_dir`. `s3://bucket/folder` needs the extra `s3`; behind a question mark follow
        `endpoint_url` and `region`, where they are not Amazon's usual ones. Keys come from the environment
        (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), from ~/.aws, from the machine's role, or stand in the address:
        `s3://KEY:SECRET@bucket/folder`.""",
    ).tag(config=True)
    cache_limit = Int(
        0,
        help="Bytes of artifacts that this machine keeps as files, where they lie in a store far away; 0 for 10 GiB.",
    ).tag(config=True)
    workers = Int(
        -1, help="Worker processes of this machine; -1 for one per core, two at most; 0 for none."
    ).tag(config=True)
    total_running = Int(
        0,
        help="Runs at a time, of all users and machines; 0 for as many as there are workers. Same on all machines.",
    ).tag(config=True)
    user_running = Int(0, help="Runs of one user at a time; 0 for any number. Same on all machines.").tag(
        config=True
    )
    time_limit = Float(
        0.0, help="Seconds that a run may take whose tool names no `time_limit`; 0 for as long as it takes."
    ).tag(config=True)
    memory_limit = Unicode(
        help="""Memory of a run with all of its processes, such as `2 GB`, where its tool names no `memory_limit`.

        Empty for three quarters of what the machine, or the container, has.""",
    ).tag(config=True)
    output_limit = Unicode(
        help="""Size of all files that a run writes, such as `2 GB`, where its tool names no `output_limit`.

        Empty for 10 GiB.""",
    ).tag(config=True)
    log_limit = Unicode(
        help="""Size up to which the log of a run is kept; empty for 256 MiB.

        A run that prints ten times as much is ended.""",
    ).tag(config=True)
    process_limit = Int(
        0,
        help="""Processes of a run at a time, where its tool names no `process_limit`.

        0 for 256, or four per core where that is more.""",
    ).tag(config=True)
    open_files_limit = Int(
        0,
        help="""Files that each process of a run may have open, where its tool names no `open_files_limit`; 0 for 4096.

        256 at least, and never more than the system gives the worker.""",
    ).tag(config=True)
    largest_limits = Dict(
        help="""What no tool can exceed by naming more, such as `{"memory_limit": "8 GB", "time_limit": 3600}`.""",
    ).tag(config=True)
    keep_logs = Dict(
        help="""How long logs of ended runs stay: `days`, `size` of all together, `runs` (the newest of each tool).

        Such as `{"days": 90, "size": "5 GB"}`; empty for 180 days and 20 GB. `{"days": None}` keeps them for ever. For a
        size the oldest go until the rest fits. The rows of the history stay in any case. A run with the tag `keep` keeps
        everything.""",
    ).tag(config=True)
    keep_artifacts = Dict(
        help="""How long artifacts of ended runs stay, as `keep_logs`; empty for ever.

        Never freed is what a preset, another run, a schedule, a batch or a note refers to.""",
    ).tag(config=True)
    keep_everything_of = List(
        Unicode(), help="""Runs that keep everything: `tool:NAME` (a full or a short name), `owner:NAME`."""
    ).tag(config=True)
    lease_seconds = Float(
        15.0, help="Seconds after which an attempt that stays silent on another machine counts as lost."
    ).tag(config=True)
    upload_limit = Int(0, help="Bytes of one file that is uploaded into a form; 0 for 5 GiB.").tag(
        config=True
    )
    user_upload_limit = Int(
        0, help="Bytes of all files of one user that were uploaded and that no run uses yet; 0 for 20 GiB."
    ).tag(config=True)
    live_dashboards = Int(
        3, help="Viewers of dashboards that have a kernel at the same time; others see the stored results."
    ).tag(config=True)
    start_services = Bool(
        True, help="Start the embedded server and the workers together with this server."
    ).tag(config=True)

    product_settings: Settings
    opening: Opening
    services: EmbeddedServices
    _keeper: PeriodicCallback
    _usher: PeriodicCallback
    _seats: Seats
    _pool: ThreadPoolExecutor
    _desk: Desk | None = None

    def initialize_settings(self) -> None:
        self.product_settings = self.to_settings()
        self.services = EmbeddedServices(self.product_settings)
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="toolrunner")
        self._keeper = PeriodicCallback(self.services.ensure, 1000)
        self.opening = Opening(self._open_desk, self._pool, self._on_open)

    def initialize_handlers(self) -> None:
        assert self.serverapp is not None
        kernels = KernelOwners(self.serverapp).credentials
        gate = Gate(everyone=self._one_user(), kernels=kernels)
        parts = {"opening": self.opening, "gate": gate, "pool": self._pool}
        self.handlers.extend(handlers("/", **parts))
        self._seats = Seats(self.live_dashboards)
        self.handlers.extend(page_handlers("/", **parts, seats=self._seats))

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        """Called once the server's loop runs."""
        asyncio.get_running_loop().call_later(_PAUSE, self.opening.begin)
        self._usher = PeriodicCallback(
            lambda: self._seats.give_back(serverapp.kernel_manager), _LOOK_AT_SEATS
        )
        self._usher.start()

    async def stop_extension(self) -> None:
        await self.opening.close()
        self._keeper.stop()
        self._usher.stop()
        await asyncio.get_running_loop().run_in_executor(None, self.services.close)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _open_desk(self) -> Desk:
        """In a thread."""
        from .api.desk import Desk
        from .api.hub import Hub
        from .backend import open_product

        product = open_product(
            self.product_settings,
            on_tools_changed=self._on_tools_changed,
            patience=_PATIENCE,
            has_workers=self.start_services,
            fires_schedules=True,
        )
        return Desk(product=product, hub=Hub(product), pool=self._pool)

    def _on_open(self, desk: Desk) -> None:
        """In the loop. The services start behind the database: workers need it, and what is submitted meanwhile waits."""
        self._desk = desk
        desk.hub.start()
        if self.start_services:
            self.services.ensure()
            self._keeper.start()

    def to_settings(self) -> Settings:
        """What the configuration says; the environment fills what it leaves open."""
        from dataclasses import replace

        given = Settings.from_environ()
        return replace(
            given,
            data_dir=Path(self.data_dir).expanduser().absolute() if self.data_dir else given.data_dir,
            database_url=self.database_url or given.database_url,
            redis_url=self.redis_url or given.redis_url,
            artifacts_url=self.artifacts_url or given.artifacts_url,
            toolboxes=(
                *(str(Path(t).expanduser()) if "/" in t else t for t in self.toolboxes),
                *given.toolboxes,
            ),
            workers=self.workers if self.workers >= 0 else given.workers,
            upload_limit=self.upload_limit or given.upload_limit,
            user_upload_limit=self.user_upload_limit or given.user_upload_limit,
            cache_limit=self.cache_limit or given.cache_limit,
            total_running=self.total_running or given.total_running,
            user_running=self.user_running or given.user_running,
            time_limit=self.time_limit or given.time_limit,
            memory_limit=bytes_of(self.memory_limit) if self.memory_limit else given.memory_limit,
            output_limit=bytes_of(self.output_limit) if self.output_limit else given.output_limit,
            log_limit=bytes_of(self.log_limit) if self.log_limit else given.log_limit,
            process_limit=self.process_limit or given.process_limit,
            open_files_limit=self.open_files_limit or given.open_files_limit,
            largest_limits=RunLimits.of(self.largest_limits) if self.largest_limits else given.largest_limits,
            retention=Retention(
                logs=Rule.of(self.keep_logs) if self.keep_logs else given.retention.logs,
                artifacts=Rule.of(self.keep_artifacts) if self.keep_artifacts else given.retention.artifacts,
                exceptions=(*self.keep_everything_of, *given.retention.exceptions),
            ),
            lease_seconds=self.lease_seconds
            if "lease_seconds" in self.config.ToolrunnerApp
            else given.lease_seconds,
        )

    def _one_user(self) -> str | None:
        """Jupyter's own sign-in knows one person, under a new random name each time: the one who runs the server."""
        provider = type(self.serverapp.identity_provider) if self.serverapp else IdentityProvider
        if provider in (IdentityProvider, PasswordIdentityProvider):
            return login_name()
        return None

    def _on_tools_changed(self, names: Sequence[str]) -> None:
        if self._desk is not None:
            self._desk.hub.tools_changed(list(names))
