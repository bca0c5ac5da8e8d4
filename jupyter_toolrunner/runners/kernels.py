"""Kernels of runs: our own Python's is forked, any other is started as its kernelspec says."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import write_connection_file
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel
from jupyter_client.manager import AsyncKernelManager

from . import linux, wire
from .child import CONTROL_DESCRIPTOR

#: Seconds in which a kernel must answer for the first time.
START_SECONDS = 60
#: Seconds after which a kernel that has not answered is asked again.
_ASK_AGAIN = 1.0
#: Seconds that a kernel has to put its things in order.
LAST_WORDS = 5.0
#: What a kernel's command may begin with where it means the Python that looks at it.
_OUR_PYTHON = ("python", "python3", f"python3.{sys.version_info[1]}")
_LONGEST_PLACE = 60


class NotStarted(Exception):
    """There is no such kernel, or it did not come up."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Kernel(Protocol):
    """A kernel of this process."""

    client: Any
    #: Whether what cells print goes into the log by itself.
    logs: bool
    #: What it says of its language, once it is up.
    language: Mapping[str, Any]

    async def come_up(self) -> None:
        """Returns when it answers. Raises NotStarted."""

    def is_alive(self) -> bool: ...

    def how_it_ended(self) -> str:
        """In words that follow "The notebook's kernel"."""

    def was_killed(self) -> bool:
        """Whether SIGKILL ended it."""

    async def park(self) -> int | None:
        """Have it wait for another run; its process, or None where it can't."""

    async def is_there(self) -> bool:
        """Whether it still waits for another run."""

    async def go_on(self, folder: str) -> None:
        """Have it belong to the run that this process makes now. Raises NotStarted."""

    async def end(self) -> bool:
        """Let it put its things in order, and be gone; False where it had to be killed."""


def start(name: str, place: Path, folder: str, channel: int) -> Kernel:
    """A kernel that works in this folder, on its way. Raises NotStarted.

    No event loop may run yet: a child that is forked would believe that it runs there too.
    """
    specs = KernelSpecManager()
    try:
        spec = specs.get_kernel_spec(name)
    except NoSuchKernel:
        raise _missing(name, specs) from None
    return Forked(place, folder, channel) if _is_ours(spec) else Started(name, spec, place, folder)


def python_of(name: str) -> str | None:
    """The Python that a kernel runs in; None where that is not known."""
    try:
        spec = KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel:
        return None
    if _is_ours(spec):
        return sys.executable
    python: str = (spec.argv or [""])[0]
    is_known = os.path.isabs(python) and os.path.basename(python).startswith("python") and not spec.env
    return python if is_known else None


def _missing(name: str, specs: KernelSpecManager) -> NotStarted:
    there = ", ".join(sorted(specs.find_kernel_specs())) or "none"
    return NotStarted(
        f"The notebook asks for the kernel {name!r}, which is not installed where the run was made. "
        f"Installed are: {there}.",
        "Install that kernel there, choose another one in the notebook, or name one as kernel: in toolbox.yaml.",
    )


def _is_ours(spec: KernelSpec) -> bool:
    """Whether it is IPython's own kernel in the Python that runs this, with nothing special about it."""
    python, *arguments = spec.argv or [""]
    same = python in _OUR_PYTHON or os.path.normpath(python) == os.path.normpath(sys.executable)
    plain = [each for each in arguments if not each.startswith("-X")]
    return same and not spec.env and plain == ["-m", "ipykernel_launcher", "-f", "{connection_file}"]


@contextlib.contextmanager
def place() -> Iterator[Path]:
    """A folder for the kernel's sockets, which nobody else may enter; once they are connected nobody needs it."""
    folder = tempfile.gettempdir()
    # The system takes about a hundred bytes as the name of a socket.
    if len(os.fsencode(folder)) > _LONGEST_PLACE:
        folder = "/tmp"  # noqa: S108 - what is made in it has a name of its own
    made = tempfile.mkdtemp(prefix="toolrunner-", dir=folder)
    try:
        yield Path(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)


async def _language_of(kernel: Kernel) -> Mapping[str, Any]:
    """What a kernel answers when it is first asked something, once it is heard on both channels. Raises queue.Empty.

    It may be asked while it gets ready to listen, and then hears nothing until it is asked again. What it shows on the
    channel of outputs may not wake the one that waits for it (see ``notebook_run._nudged``); each new question does.
    """
    deadline = time.monotonic() + START_SECONDS
    language: Mapping[str, Any] | None = None
    heard = False
    while kernel.is_alive():
        kernel.client.kernel_info()
        with contextlib.suppress(queue.Empty):
            if not heard:
                await kernel.client.get_iopub_msg(timeout=_ASK_AGAIN)
                heard = True
            while language is None:
                reply = await kernel.client.get_shell_msg(timeout=_ASK_AGAIN)
                if reply["msg_type"] == "kernel_info_reply":
                    language = reply["content"]["language_info"]
            return language
        if time.monotonic() > deadline:
            break
    raise queue.Empty


class _Client(AsyncKernelClient):
    """Asks the process itself whether it lives."""

    kernel: Forked

    async def is_alive(self) -> bool:
        return self.kernel.is_alive()


class Forked:
    """A child of this process that was this process: it has imported already what a kernel is made of."""

    logs = True

    def __init__(self, place: Path, folder: str, channel: int) -> None:
        key = secrets.token_hex(16).encode()
        file, _ = write_connection_file(
            str(place / "kernel.json"), transport="ipc", ip=str(place / "s"), key=key
        )
        self._status: int | None = None
        self._line, far = socket.socketpair()
        me = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            if not linux.die_with_parent(me, signal.SIGKILL):
                os._exit(1)
            # What belongs to the run's process alone.
            self._line.close()
            os.close(channel)
            from .kernel_process import serve

            serve(file, folder, far)
        far.close()
        self._line.setblocking(False)
        self._mailbox = wire.Mailbox()
        self.client = _Client(connection_file=file)
        self.client.kernel = self
        self.client.load_connection_file()
        self.language: Mapping[str, Any] = {}

    async def come_up(self) -> None:
        """Raises NotStarted."""
        # Who calls before the kernel's sockets are there waits a tenth of a second to call again.
        if await self._answer(START_SECONDS):
            self.client.start_channels(stdin=False, hb=False)
            with contextlib.suppress(queue.Empty):
                self.language = await _language_of(self)
                return
        await self._is_gone(1.0)
        raise NotStarted(
            f"The notebook's kernel did not come up: it {self.how_it_ended()}",
            "What it said stands in the log. Does python -m ipykernel_launcher start where the worker runs?",
        )

    def is_alive(self) -> bool:
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._status = status if pid else None
        return self._status is None

    def how_it_ended(self) -> str:
        if self.is_alive():
            return f"did not answer for {START_SECONDS} s"
        assert self._status is not None
        return _ended(os.waitstatus_to_exitcode(self._status))

    def was_killed(self) -> bool:
        return self._status is not None and os.waitstatus_to_exitcode(self._status) == -signal.SIGKILL

    async def park(self) -> int | None:
        return self.pid if await self._ask({"park": True}) else None

    async def is_there(self) -> bool:
        return self.is_alive() and await self._ask({})

    async def go_on(self, folder: str) -> None:
        message = {"folder": folder, "environment": dict(os.environ)}
        if not await self._ask(message, [1, CONTROL_DESCRIPTOR]):
            raise NotStarted("The kernel that was kept for the notebook is gone.", "Run it again.")

    async def _ask(self, message: wire.Message, descriptors: Sequence[int] = ()) -> bool:
        """Have it do something between two runs; False where it did not."""
        try:
            wire.send(self._line, message, descriptors)
        except OSError:
            return False
        return await self._answer(LAST_WORDS)

    async def _answer(self, seconds: float) -> bool:
        """What the kernel says on the line; False where it says nothing any more."""
        loop = asyncio.get_running_loop()
        try:
            data = await asyncio.wait_for(loop.sock_recv(self._line, 1 << 10), seconds)
        except OSError:
            return False
        return any(answer["done"] for answer in self._mailbox.feed(data))

    async def end(self) -> bool:
        self._line.close()
        polite = await self._is_gone(LAST_WORDS)
        if not polite:
            os.kill(self.pid, signal.SIGKILL)
            await self._is_gone(LAST_WORDS)
        self.client.stop_channels()
        return polite

    async def _is_gone(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        pause = 0.001
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.05)
        return True


class Started:
    """A program of its own, as the kernelspec says."""

    logs = False

    def __init__(self, name: str, spec: KernelSpec, place: Path, folder: str) -> None:
        self._name = name
        self._folder = folder
        self._manager = AsyncKernelManager(
            kernel_name=name, transport="ipc", ip=str(place / "s"), connection_file=str(place / "kernel.json")
        )
        self._manager.shutdown_wait_time = LAST_WORDS
        self._program = (spec.argv or ["?"])[0]
        self.client: Any = None
        self.language: Mapping[str, Any] = {}

    async def come_up(self) -> None:
        """Raises NotStarted."""
        environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
        try:
            await self._manager.start_kernel(cwd=self._folder, env=environment)
        except Exception as error:
            raise self._not_started(f"{self._program} could not be started: {error}") from None
        self.client = self._manager.client()
        self.client.start_channels(stdin=False, hb=False)
        try:
            await self.client.wait_for_ready(timeout=START_SECONDS)
            self.language = await _language_of(self)
        except (RuntimeError, queue.Empty):
            how = self.how_it_ended()
            await self.end()
            raise self._not_started(f"it {how}") from None

    def _not_started(self, why: str) -> NotStarted:
        return NotStarted(
            f"The kernel {self._name!r} did not come up: {why}",
            f"What it said stands in the log. Try it: jupyter console --kernel {self._name}",
        )

    def is_alive(self) -> bool:
        return self._exit_code() is None

    def _exit_code(self) -> int | None:
        process = getattr(self._manager.provisioner, "process", None)
        return 0 if process is None else process.poll()

    def how_it_ended(self) -> str:
        code = self._exit_code()
        return f"did not answer for {START_SECONDS} s" if code is None else _ended(code)

    def was_killed(self) -> bool:
        return self._exit_code() == -signal.SIGKILL

    async def park(self) -> int | None:
        return None

    async def is_there(self) -> bool:
        return False

    async def go_on(self, folder: str) -> None:
        raise AssertionError(folder)

    async def end(self) -> bool:
        self.client.stop_channels()
        with contextlib.suppress(RuntimeError):
            await self._manager.shutdown_kernel(now=not self.is_alive())
        await self._manager.cleanup_resources()
        return True


def _ended(code: int) -> str:
    if code >= 0:
        return f"ended by itself (exit code {code})"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
