"""A kernel between two runs of its notebook: the names of the last one are gone, what it imported is there."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import warnings
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from tornado.ioloop import IOLoop

from . import linux, open_files, wire
from .child import CONTROL_DESCRIPTOR
from .parking import Parking, has_no_child, is_alone

#: Where the kernel has the run's log: high enough that no program meets it by counting.
LOG_DESCRIPTOR = 241
#: Packages whose tasks are the kernel's own.
_KERNEL = ("ipykernel", "tornado", "zmq")


class Between:
    """Made before the first cell; knows what each later run shall meet again."""

    def __init__(self, app: IPKernelApp) -> None:
        shell: Any = app.shell
        self._shell = shell
        self._parking = Parking(CONTROL_DESCRIPTOR)
        self._threads = threading.active_count()
        self._streams = (sys.stdout, sys.stderr, sys.displayhook)
        self._path = list(sys.path)
        self._argv = list(sys.argv)
        filters: Any = warnings.filters
        self._filters = list(filters)
        self._transformers = list(shell.ast_transformers)

    def obey(self, message: wire.Message, descriptors: list[int]) -> bool:
        """Whether it did what the run's process wants."""
        if "park" in message:
            return self.enter()
        return self.go_on(message, descriptors) if "folder" in message else True

    def enter(self) -> bool:
        """Let go of the run; False where something of it goes on."""
        if not (has_no_child() and is_alone(self._threads) and not _tasks()):
            return False
        self._forget()
        open_files.flush()
        linux.flush_c_streams()
        # Where nothing can be made, and so that the run's view of the folder can go.
        os.chdir("/proc/self")
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (LOG_DESCRIPTOR, CONTROL_DESCRIPTOR):
            os.dup2(nowhere, descriptor)
        os.close(nowhere)
        self._parking.restore()
        return True

    def _forget(self) -> None:
        sys.stdout, sys.stderr, sys.displayhook = self._streams
        pyplot: Any = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            pyplot.close("all")
        widgets: Any = sys.modules.get("ipywidgets")
        if widgets is not None:
            widgets.Widget.close_all()
        self._shell.reset(new_session=True)
        # Names of results, as empty as they were.
        self._shell.displayhook.flush()
        self._shell.ast_transformers[:] = self._transformers
        sys.path[:], sys.argv[:] = self._path, self._argv
        filters: Any = warnings.filters
        filters[:] = self._filters
        # As at the end of any run: files that only finalizers complete are whole before the run is over.
        gc.collect()

    def go_on(self, message: wire.Message, descriptors: list[int]) -> bool:
        """Belong to another run."""
        for descriptor, place in zip(descriptors, (LOG_DESCRIPTOR, CONTROL_DESCRIPTOR), strict=True):
            os.dup2(descriptor, place)
            os.close(descriptor)
        for name in os.environ.keys() - message["environment"].keys():
            del os.environ[name]
        os.environ.update(message["environment"])
        os.chdir(message["folder"])
        return True


def _tasks() -> list[asyncio.Task[Any]]:
    """What cells have begun and not waited for."""
    tasks = asyncio.all_tasks(IOLoop.current().asyncio_loop)  # type: ignore[attr-defined]
    return [task for task in tasks if not _is_of_kernel(task)]


def _is_of_kernel(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and any(f"{os.sep}{name}{os.sep}" in code.co_filename for name in _KERNEL)
